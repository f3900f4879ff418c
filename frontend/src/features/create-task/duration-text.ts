/*
 * A duration as one types it, "1d 2h 30m", and as the server writes it, days and seconds of ISO 8601: "P1DT9000S".
 * Whatever else stands in the field goes out as it is, for the check to say what is wrong.
 */

const TYPED = /^(-?)\s*(?:(\d+)\s*d)?\s*(?:(\d+)\s*h)?\s*(?:(\d+)\s*m(?:in)?)?\s*(?:(\d+)(\.\d+)?\s*s)?$/i;
const WRITTEN = /^(-?)P(?:(\d+)D)?(?:T(\d+)(\.\d+)?S)?$/;

export function durationFrom(typed: string): string {
  const [whole = "", sign = "", days, hours = 0, minutes = 0, seconds = 0, fraction = ""] =
    TYPED.exec(typed.trim()) ?? [];
  if (!/\d/.test(whole)) return typed.trim();
  const inDay = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  const time = inDay > 0 || fraction || days === undefined ? `T${inDay}${fraction}S` : "";
  return `${sign}P${part(days, "D")}${time}`;
}

export function durationText(written: string): string {
  const [whole, sign = "", days, inDay = "0", fraction = ""] = WRITTEN.exec(written) ?? [];
  if (whole === undefined) return written;
  const number = Number(inDay);
  const parts = [
    part(days, "d"),
    some(Math.floor(number / 3600), "h"),
    some(Math.floor((number % 3600) / 60), "m"),
    number % 60 > 0 || fraction ? `${number % 60}${fraction}s` : "",
  ].filter(Boolean);
  const text = sign + (parts.length > 0 ? parts.join(" ") : "0s");
  // Only what comes back the same is shown in other words.
  return durationFrom(text) === written ? text : written;
}

function some(number: number, unit: string): string {
  return number > 0 ? `${number}${unit}` : "";
}

function part(number: string | undefined, unit: string): string {
  return number === undefined ? "" : number + unit;
}
