import type { TaskScreenQuery } from "@/gql/operations";
import { cleanLine } from "./log-text";

type Attempt = NonNullable<TaskScreenQuery["task"]>["attempts"][number];

export interface LogLine {
  number: number;
  at: string;
  stream: string;
  /** Without a terminal's escapes. */
  text: string;
  /** That the task wrote for it, at least. */
  bytes: number;
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
    next.set(number, [
      ...known,
      ...fresh.map((line) => ({ ...line, text: cleanLine(line.text), bytes: bytesOf(line.text) })),
    ]);
  }
  return next ?? logs;
}

/** So many lines, or so many bytes of them, a worker tells while the attempt runs (workers.output:LIVE_LINES, LIVE_BYTES). */
const LIVE_LINES = 2_000;
const LIVE_BYTES = 1024 * 1024;

/** Whether the worker tells no further lines before the attempt ends. */
export function isFull(lines: readonly LogLine[]): boolean {
  return lines.length >= LIVE_LINES || lines.reduce((sum, { bytes }) => sum + bytes, 0) >= LIVE_BYTES;
}

/** So many lines of an attempt the record keeps (wire.messages:LOG_LINES_AT_MOST). */
const KEPT_LINES = 5_000;

/** What of a log was not kept, in words, and the line in its place if there is one; null where all of it was. */
export function gapOf(lines: readonly LogLine[]): { words: string; at: number | null } | null {
  // The worker itself speaks there, and no task can.
  const at = lines.findIndex(({ stream, text }) => stream === "worker" && GAP.test(text));
  const count = (lines: number) => (lines === 1 ? "line" : `${lines.toLocaleString("en")} lines`);
  if (at >= 0) {
    const [, left] = GAP.exec(lines[at]!.text)!;
    const last = lines.length - at - 1;
    return {
      words: `The first ${count(at)} and the last${last > 1 ? ` ${count(last)}` : ""} are kept; ${left} between them were left out.`,
      at,
    };
  }
  if ((lines.at(-1)?.number ?? 0) < KEPT_LINES) return null;
  return { words: `The first ${count(KEPT_LINES)} are kept; any further ones were left out.`, at: null };
}

const GAP = /^… (.+) left out …$/;

const encoder = new TextEncoder();

/** A control character, of which a picture is shown, was one byte; and the end of the line another. */
function bytesOf(text: string): number {
  return encoder.encode(text.replace(/[\u2400-\u2426]/g, ".")).length + 1;
}

/**
 * After which line to ask on. It stays for a while as lines arrive: another question loses the wait that the server holds,
 * and costs a second answer.
 */
export function askedAfter(lines: readonly LogLine[], before: number): number {
  const last = lines.at(-1)?.number ?? 0;
  return last < before || last - before >= COME_AGAIN ? last : before;
}
