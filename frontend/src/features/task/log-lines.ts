import type { TaskScreenQuery } from "@/gql/operations";
import { cleanLine } from "./log-text";

type Attempt = NonNullable<TaskScreenQuery["task"]>["attempts"][number];

export interface LogLine {
  number: number;
  at: string;
  stream: string;
  /** Without a terminal's escapes. */
  text: string;
}

/** The lines fetched so far, by attempt. */
export type Logs = ReadonlyMap<number, readonly LogLine[]>;

/** So many lines come in one answer at most; the query says the same. */
export const MOST_AT_ONCE = 500;
/** So many lines may come again with each answer before the question moves on behind them. */
const COME_AGAIN = 100;

/** The logs with what an answer to the lines after `after` brought; the same object when it brought nothing new. */
export function gathered(logs: Logs, attempts: readonly Attempt[], after: number): Logs {
  let next: Map<number, readonly LogLine[]> | null = null;
  for (const { number, log } of attempts) {
    const known = logs.get(number) ?? [];
    const last = known.at(-1)?.number ?? 0;
    // The question is about the log that is read; another one may be behind, and must not get a gap.
    const fresh = after <= last ? log.filter((line) => line.number > last) : [];
    if (fresh.length === 0) continue;
    next ??= new Map(logs);
    next.set(number, [...known, ...fresh.map((line) => ({ ...line, text: cleanLine(line.text) }))]);
  }
  return next ?? logs;
}

/**
 * After which line to ask on. It stays for a while as lines arrive: another question loses the wait that the server holds,
 * and costs a second answer.
 */
export function askedAfter(lines: readonly LogLine[], before: number): number {
  const last = lines.at(-1)?.number ?? 0;
  return last < before || last - before >= COME_AGAIN ? last : before;
}
