import { spanInWords } from "@/lib/duration";

export interface Flow {
  /** Tasks created in it, and tasks that ended, over so many minutes. */
  came: number;
  went: number;
  minutes: number;
}

/** "12 a minute", "0.4 a minute", "none". */
export function rateWords(tasks: number, minutes: number): string {
  if (tasks === 0) return "none";
  const rate = tasks / minutes;
  return `${rate >= 10 ? Math.round(rate).toLocaleString("en") : rate.toFixed(1)} a minute`;
}

/**
 * How long until nothing waits any more if all goes on as in the last minutes; why that is never where it is.
 * `due`: whether any that waits could be running, had a worker taken it.
 */
export function drainWords(
  queueing: number,
  { paused, due }: { paused: boolean; due: boolean },
  { came, went, minutes }: Flow,
): string {
  if (queueing === 0) return "nothing waits";
  if (!due) return "all due later, or with a worker";
  if (paused) return "not while it is paused";
  if (went === 0) return `none ended in ${minutes} min`;
  if (went < came) return "not soon: more come than end";
  if (went === came) return "not soon: as many come as end";
  return `in about ${spanInWords((queueing / (went - came)) * minutes * 60_000)}`;
}
