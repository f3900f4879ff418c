/** A span in words that fit a table cell: "< 1 ms", "43 ms", "430 ms", "1.2 s", "12 s", "3 min 20 s", "2 h 5 min", "3 d 4 h". Milliseconds in. */
export function spanInWords(milliseconds: number): string {
  const span = Math.max(0, milliseconds);
  if (span < 1) return "< 1 ms";
  if (span < 100) return `${Math.round(span)} ms`;
  if (span < 995) return `${10 * Math.round(span / 10)} ms`;
  if (span < 9_950) return `${(span / 1000).toFixed(1)} s`;
  const seconds = Math.round(span / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return two(Math.floor(seconds / 60), "min", seconds % 60, "s");
  const minutes = Math.floor(seconds / 60);
  if (minutes < 1_440) return two(Math.floor(minutes / 60), "h", minutes % 60, "min");
  const hours = Math.floor(minutes / 60);
  return two(Math.floor(hours / 24), "d", hours % 24, "h");
}

/** A span that still grows, counted in whole seconds: "7 s", "12 s", "3 min 20 s". Milliseconds in. */
export function countedSpanInWords(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  return seconds < 10 ? `${seconds} s` : spanInWords(seconds * 1000);
}

/** How long ago or ahead, in the largest whole unit: "just now", "12 s ago", "in 3 min". */
export function distanceInWords(from: number, now: number): string {
  const distance = from - now;
  const seconds = Math.floor(Math.abs(distance) / 1000);
  if (seconds === 0) return "just now";
  const [, size, unit] = units.find(([least]) => seconds >= least) ?? [0, 1, "s"];
  const shown = `${Math.floor(seconds / size)} ${unit}`;
  return distance > 0 ? `in ${shown}` : `${shown} ago`;
}

/** From how many seconds on a unit is used, its size in seconds, its sign. Seconds go on to 99: they are counted. */
const units: [number, number, string][] = [
  [172_800, 86_400, "d"],
  [7_200, 3_600, "h"],
  [100, 60, "min"],
];

/** The time of day in the reader's zone, "12:04:31", with the date when it is another day than `now`. */
export function timeInWords(instant: number, now: number): string {
  const time = new Date(instant).toLocaleTimeString("en-GB");
  const sameDay = new Date(instant).toDateString() === new Date(now).toDateString();
  return sameDay ? time : `${isoDate(instant)} ${time}`;
}

/** The time of day to the millisecond, for lines that follow each other quickly: "12:04:31.020". */
export function preciseTime(instant: number): string {
  const milliseconds = String(Math.floor(instant) % 1000).padStart(3, "0");
  return `${new Date(instant).toLocaleTimeString("en-GB")}.${milliseconds}`;
}

/** Date, time and zone of an instant, for those who hover or copy. */
export function instantInFull(instant: number): string {
  const zone = -new Date(instant).getTimezoneOffset();
  const pad = (value: number) => String(Math.floor(value)).padStart(2, "0");
  const offset = `${zone < 0 ? "−" : "+"}${pad(Math.abs(zone) / 60)}:${pad(Math.abs(zone) % 60)}`;
  return `${isoDate(instant)} ${new Date(instant).toLocaleTimeString("en-GB")} (UTC${offset})`;
}

function isoDate(instant: number): string {
  return new Date(instant).toLocaleDateString("sv-SE");
}

function two(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}
