/*
 * Which text is a date, a duration, a UUID…: as the server reads them, so that the form refuses what it would refuse.
 */

const DATE = /^(\d{4})-(\d\d)-(\d\d)$/;
const TIME = /^(\d\d):(\d\d):(\d\d)(\.\d+)?(z|[+-](\d\d):?(\d\d))?$/i;
const DURATION =
  /^[+-]?P(?=.)(?:(\d+(?:\.\d+)?)D)?(?:T(?=.)(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?$/i;
const UUID = /^[0-9a-f]{8}(-?)[0-9a-f]{4}\1[0-9a-f]{4}\1[0-9a-f]{4}\1[0-9a-f]{12}$/i;
const DECIMAL = /^[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|inf(?:inity)?|s?nan\d*)$/i;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** `2026-11-21`, a day of the calendar. */
export function isDate(text: string): boolean {
  const [, year, month, day] = DATE.exec(text) ?? [];
  if (year === undefined || Number(year) < 1) return false;
  const time = new Date(`${text}T00:00:00Z`);
  return (
    !Number.isNaN(time.getTime()) &&
    time.getUTCMonth() + 1 === Number(month) &&
    time.getUTCDate() === Number(day)
  );
}

/** `22:04:00`, perhaps with a fraction and a zone. */
export function isTime(text: string): boolean {
  const [, hours, minutes, seconds, , , zoneHours = "0", zoneMinutes = "0"] = TIME.exec(text) ?? [];
  return (
    Number(hours) < 24 &&
    [minutes, seconds, zoneMinutes].every((each) => Number(each) < 60) &&
    Number(zoneHours) < 24
  );
}

/** `2026-11-21T22:04:00Z`, with a zone or without. */
export function isDateTime(text: string): boolean {
  return isDate(text.slice(0, 10)) && /^[T ]$/i.test(text.charAt(10)) && isTime(text.slice(11));
}

/** Of a time, with or without its date. */
export function hasZone(text: string): boolean {
  return /(?:z|[+-]\d\d:?\d\d)$/i.test(text);
}

/** Days that a duration may have. */
const LONGEST = 999_999_999;

/** Whether it is `P1DT2H30M`: "no" also where only its last part may have a fraction and another has. */
export function durationOf(text: string): "yes" | "no" | "out of range" {
  const [whole, ...parts] = DURATION.exec(text) ?? [];
  if (whole === undefined || /\.\d+[dhm].*\d/i.test(text)) return "no";
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = parts.map((part: string | undefined) =>
    Number(part ?? 0),
  );
  return days + (hours * 3600 + minutes * 60 + seconds) / 86_400 < LONGEST + 1 ? "yes" : "out of range";
}

export function isUuid(text: string): boolean {
  return UUID.test(text);
}

export function isDecimal(text: string): boolean {
  return DECIMAL.test(text.trim().replaceAll("_", ""));
}

export function isBase64(text: string): boolean {
  return BASE64.test(text);
}
