import { failureMinutes } from "./fake-stats";
import type { FakeTask } from "./task-factory";

/** What the tasks that are FAILED have in common, the kind seen last first; as the backend groups them, roughly. */
export function failureGroups(tasks: FakeTask[], first: number, now: Date) {
  const groups = new Map<string, FakeTask[]>();
  for (const task of tasks) {
    const key = failureKey(task);
    if (key !== null) groups.set(key, [...(groups.get(key) ?? []), task]);
  }
  return [...groups]
    .map(([key, members]) => {
      const instants = members.map(({ finishedAt }) => finishedAt ?? "").sort();
      return {
        key,
        title: title(members[0]!.error),
        frame: frame(members.at(-1)!.attempts.at(-1)?.traceback ?? ""),
        count: members.length,
        firstSeenAt: instants[0],
        lastSeenAt: instants.at(-1),
        names: [...new Set(members.map(({ name }) => name))].sort(),
        sample: members.at(-1),
        minutes: ({ minutes }: { minutes: number }) => failureMinutes(members, minutes, now),
      };
    })
    .sort((one, other) => (one.lastSeenAt! < other.lastSeenAt! ? 1 : -1))
    .slice(0, first);
}

/** Null for a task that is not FAILED, or whose end was no failure of the code. */
export function failureKey({ status, reason, error }: FakeTask): string | null {
  if (status !== "FAILED" || !["ERROR", "TIMEOUT", "LOST", "REJECTED"].includes(reason ?? "")) return null;
  return Array.from(`${reason} ${title(error)}`)
    .reduce((sum, character) => (sum * 31 + character.charCodeAt(0)) % 0xffffffff, 7)
    .toString(16);
}

/** File and function of the innermost frame. */
function frame(traceback: string): string | null {
  const [, file, own] = [...traceback.matchAll(/File "([^"]+)", line \d+, in (.+)/g)].at(-1) ?? [];
  return file === undefined ? null : `${file.split("/").slice(-3).join("/")} ${own}`;
}

function title(error: string | null): string {
  return (error ?? "").split("\n", 1)[0]!.replace(/\d+/g, "<n>") || "Failed without a word";
}
