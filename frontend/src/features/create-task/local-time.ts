/*
 * A date-time input holds the reader's wall clock without a zone, "2026-11-21T22:04"; the server wants an instant with
 * one. The browser's zone is said beside the field.
 */

/** The instant of a wall-clock time in this browser's zone, with its offset: "2026-11-21T22:04:00+01:00". */
export function fromLocal(text: string): string {
  const minutes = -new Date(text).getTimezoneOffset();
  const pad = (value: number) => String(value).padStart(2, "0");
  const size = Math.abs(minutes);
  const seconds = text.length === "2026-11-21T22:04".length ? ":00" : "";
  return `${text}${seconds}${minutes < 0 ? "-" : "+"}${pad(Math.floor(size / 60))}:${pad(size % 60)}`;
}

/** The wall-clock time of an instant, as a date-time input takes it. */
export function toLocal(instant: string): string {
  const time = new Date(instant);
  if (Number.isNaN(time.getTime())) return "";
  return `${time.toLocaleDateString("sv-SE")}T${time.toLocaleTimeString("sv-SE")}`;
}

export function zoneName(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}
