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
 * How long until nothing waits any more if all goes on as in the last minutes; what it does instead where that is never.
 * `due`: whether any that waits could be running already.
 */
export function drainWords(
  queueing: number,
  { paused, due }: { paused: boolean; due: boolean },
  { came, went, minutes }: Flow,
): string {
  if (queueing === 0) return "nothing waits";
  if (!due) return "nothing is due yet";
  if (paused) return "not while it is paused";
  if (went === 0) return "no, nothing leaves it";
  if (went <= came) return went === came ? "no, it stays as it is" : "no, it grows";
  return `in about ${spanInWords((queueing / (went - came)) * minutes * 60_000)}`;
}
