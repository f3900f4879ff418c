import { firstDue } from "@/lib/first-due";
import { type FakeTask, firstStart } from "./task-factory";

const MINUTE = 60_000;

export interface StatsArguments {
  minutes: number;
  queue?: string | null;
  name?: string | null;
}

/** What was done in the last whole minutes, the present one last: in all of them, and in each. */
export function stats(tasks: FakeTask[], { minutes, queue, name }: StatsArguments, now: Date) {
  const first = firstMinute(minutes, now);
  const each = Array.from({ length: minutes }, (): FakeTask[][] => [[], [], []]);
  const whole: FakeTask[][] = [[], [], []];
  for (const task of tasks) {
    if (queue && task.queue !== queue) continue;
    if (name && task.name !== name && task.path !== name) continue;
    for (const [kind, instant] of [task.createdAt, firstStart(task), task.finishedAt].entries()) {
      const minute = instant === null ? undefined : each[minuteOf(instant) - first];
      if (!minute) continue;
      minute[kind]!.push(task);
      whole[kind]!.push(task);
    }
  }
  return {
    ...told(whole),
    minutes: each.map((minute, place) => ({ at: at(first + place), ...told(minute) })),
  };
}

/** In which of the last whole minutes tasks failed, and how many. */
export function failureMinutes(tasks: FakeTask[], minutes: number, now: Date) {
  const first = firstMinute(minutes, now);
  const counted = Array.from({ length: minutes }, (_, place) => ({ at: at(first + place), failed: 0 }));
  for (const { finishedAt } of tasks) {
    const minute = finishedAt === null ? undefined : counted[minuteOf(finishedAt) - first];
    if (minute) minute.failed += 1;
  }
  return counted;
}

function told([created, started, ended]: FakeTask[][]) {
  return {
    created: created!.length,
    finished: ended!.filter(({ status }) => status === "FINISHED").length,
    failed: ended!.filter(({ status }) => status === "FAILED").length,
    waited: percentiles(started!.map((task) => seconds(firstDue(task), firstStart(task)))),
    ran: percentiles(ended!.map(({ startedAt, finishedAt }) => seconds(startedAt, finishedAt))),
  };
}

function percentiles(spans: number[]) {
  if (spans.length === 0) return null;
  const sorted = spans.toSorted((one, other) => one - other);
  const under = (share: number) => sorted[Math.ceil(share * sorted.length) - 1];
  return { count: sorted.length, p50: under(0.5), p95: under(0.95) };
}

function seconds(from: string | null, to: string | null): number {
  return Math.max(0, Date.parse(to ?? "") - Date.parse(from ?? "")) / 1000 || 0;
}

function firstMinute(minutes: number, now: Date): number {
  return Math.floor(now.getTime() / MINUTE) - minutes + 1;
}

function minuteOf(instant: string): number {
  return Math.floor(Date.parse(instant) / MINUTE);
}

function at(minute: number): string {
  return new Date(minute * MINUTE).toISOString();
}
