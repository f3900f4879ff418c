/** Characters that turn the direction of what follows, until they are ended: "gpj.exe" can be made to look like "exe.jpg". */
const DIRECTIONS = /[\u202a-\u202e\u2066-\u2069]/g;
const hasDirections = /[\u202a-\u202e\u2066-\u2069]/;

/** Text in which such characters are to be seen, instead of obeyed. */
export function visible(text: string): string {
  return hasDirections.test(text) ? text.replace(DIRECTIONS, (each) => `⟨U+${codeOf(each)}⟩`) : text;
}

/** JSON with such characters written as escapes: to be seen, and of the same value wherever it is pasted. */
export function escaped(json: string): string {
  return hasDirections.test(json)
    ? json.replace(DIRECTIONS, (each) => `\\u${codeOf(each).toLowerCase()}`)
    : json;
}

function codeOf(character: string): string {
  return character.charCodeAt(0).toString(16).toUpperCase();
}
