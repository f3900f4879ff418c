/* What a screen remembers when it is left, until the page is loaded anew. */

const memories: Map<string, unknown>[] = [];

/** A memory of its own for who asks. */
export function memory<Value>(): Map<string, Value> {
  const made = new Map<string, Value>();
  memories.push(made);
  return made;
}

/** As a page that has just been loaded. */
export function forgetAll(): void {
  for (const each of memories) each.clear();
}
