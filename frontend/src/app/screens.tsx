import type { ReactNode } from "react";
import { Link } from "@/components/link";
import { Problem } from "@/components/problem";
import { FailuresScreen } from "@/features/failures/failures-screen";
import { QueuesScreen } from "@/features/queues/queues-screen";
import { TaskScreen } from "@/features/task/task-screen";
import { TaskTypesScreen } from "@/features/task-types/task-types-screen";
import { TasksScreen } from "@/features/tasks/tasks-screen";
import { WorkersScreen } from "@/features/workers/workers-screen";
import type { KeyName } from "@/lib/keys";

const TASK = /^\/tasks\/([^/]+)\/?$/;

export interface Place {
  path: string;
  label: string;
  /** The key of lib/keys.ts that goes there. */
  key: KeyName;
  screen: (seen: Seen) => ReactNode;
}

interface Seen {
  /** Something lies open above the screen, so nothing may move beneath. */
  covered: boolean;
}

/** What the navigation offers, in its order. */
export const places: Place[] = [
  { path: "/", label: "Tasks", key: "tasks", screen: ({ covered }) => <TasksScreen covered={covered} /> },
  {
    path: "/failures",
    label: "Failures",
    key: "failures",
    screen: ({ covered }) => <FailuresScreen covered={covered} />,
  },
  { path: "/workers", label: "Workers", key: "workers", screen: () => <WorkersScreen /> },
  { path: "/queues", label: "Queues", key: "queues", screen: () => <QueuesScreen /> },
  { path: "/types", label: "Task types", key: "types", screen: () => <TaskTypesScreen /> },
];

/** The place that is at a path; the list of tasks has two. */
export function placeAt(path: string): Place | null {
  const wanted = path === "/tasks" ? "/" : path;
  return places.find((place) => place.path === wanted) ?? null;
}

/** The screen of a path. */
export function screenAt(path: string, seen: Seen): ReactNode {
  const id = taskIdOf(path);
  if (id !== null) return <TaskScreen key={id} id={id} />;
  return placeAt(path)?.screen(seen) ?? <UnknownScreen path={path} />;
}

/** Whether a screen is there that asks the server; an unknown address has none. */
export function isScreen(path: string): boolean {
  return taskIdOf(path) !== null || placeAt(path) !== null;
}

export function titleAt(path: string): string {
  const id = taskIdOf(path);
  return `${id !== null ? `Task ${id}` : (placeAt(path)?.label ?? "Not found")} · Zonda`;
}

function taskIdOf(path: string): string | null {
  const found = TASK.exec(path)?.[1];
  if (found === undefined) return null;
  try {
    return decodeURIComponent(found);
  } catch {
    return found;
  }
}

function UnknownScreen({ path }: { path: string }) {
  return (
    <>
      <h1 tabIndex={-1}>Not found</h1>
      <Problem title="There is no such page.">
        Nothing is at <code>{path}</code>. <Link href="/">See all tasks</Link>
      </Problem>
    </>
  );
}
