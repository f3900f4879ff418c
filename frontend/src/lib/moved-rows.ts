/**
 * How many rows of a list stand elsewhere in the newest one, where each is known by its key: those that have come, or have
 * gone if they are more, and the fewest that must have moved past the others.
 */
export function movedRows(shown: readonly string[], newest: readonly string[]): number {
  const places = new Map(newest.map((key, place) => [key, place]));
  const kept = shown.flatMap((key) => places.get(key) ?? []);
  const gone = shown.length - kept.length;
  return Math.max(gone, newest.length - kept.length) + kept.length - longestRise(kept);
}

/** The length of the longest part, others left out, in which each number is greater than the one before. */
function longestRise(numbers: readonly number[]): number {
  /** By length, less one: the least number that a rise of that length ends with. */
  const ends: number[] = [];
  for (const number of numbers) {
    const at = ends.findIndex((end) => end >= number);
    ends[at < 0 ? ends.length : at] = number;
  }
  return ends.length;
}
