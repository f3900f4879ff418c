/** The most tasks that the form makes at once; the API takes more. */
const MOST = 1_000;

export const NOT_SO_MANY = `Enter a whole number from 1 to ${MOST.toLocaleString("en")}.`;

/** How many tasks the text says; null when it is no number of them that the form makes. */
export function readHowMany(text: string): number | null {
  // As it is written in the words beside the field, too.
  const digits = text.trim().replace(/^(\d),(?=\d{3}$)/, "$1");
  const number = /^\d+$/.test(digits) ? Number(digits) : 0;
  return number >= 1 && number <= MOST ? number : null;
}
