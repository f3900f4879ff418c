import type { Filter } from "./filter";

const HELP =
  "created: takes a span such as >-2h, or a date such as >2026-11-25 or <2026-11-25T14:00, in your time zone.";

const SPAN = /^-?(\d+)(s|m|min|h|d)$/;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const MINUTE = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?$/;
const SECONDS: Record<string, number> = { s: 1, m: 60, min: 60, h: 3_600, d: 86_400 };

/** What `created:…` says: `>` since, `<` until, a day alone is that day, a span alone is since then. */
export function readCreated(
  text: string,
  filter: Filter,
  now: number,
): { filter: Filter } | { error: string } {
  const [, sign = "", given = ""] = /^([<>]?)=?(.*)$/.exec(text) ?? [];
  const instant = instantOf(given, now);
  if (instant === null) return { error: HELP };
  if (sign === "<") return { filter: { ...filter, createdBefore: iso(instant) } };
  if (sign === "" && DAY.test(given)) {
    const next = new Date(instant);
    next.setDate(next.getDate() + 1);
    return { filter: { ...filter, createdAfter: iso(instant), createdBefore: iso(next.getTime()) } };
  }
  return { filter: { ...filter, createdAfter: iso(instant) } };
}

function instantOf(text: string, now: number): number | null {
  const span = SPAN.exec(text);
  if (span) return now - Number(span[1]) * SECONDS[span[2]!]! * 1000;
  // Without a zone a date alone would be read as UTC.
  const local = DAY.test(text) ? `${text}T00:00` : MINUTE.test(text) ? text : null;
  const instant = local === null ? Number.NaN : new Date(local).getTime();
  return Number.isNaN(instant) ? null : instant;
}

function iso(instant: number): string {
  return new Date(Math.floor(instant / 1000) * 1000).toISOString().replace(".000Z", "Z");
}
