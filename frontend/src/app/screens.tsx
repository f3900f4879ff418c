import type { ReactNode } from "react";
import { Link } from "@/components/link";
import { Problem } from "@/components/problem";
import { QueuesScreen } from "@/features/queues/queues-screen";
import { TaskScreen } from "@/features/task/task-screen";
import { TasksScreen } from "@/features/tasks/tasks-screen";
import { WorkersScreen } from "@/features/workers/workers-screen";

const TASK = /^\/tasks\/([^/]+)\/?$/;

/** The screen of a path. */
export function screenAt(path: string, { covered }: { covered: boolean }): ReactNode {
  const id = taskIdOf(path);
  if (id !== null) return <TaskScreen key={id} id={id} />;
  if (path === "/" || path === "/tasks") return <TasksScreen covered={covered} />;
  if (path === "/workers") return <WorkersScreen />;
  if (path === "/queues") return <QueuesScreen />;
  return <UnknownScreen path={path} />;
}

export function titleAt(path: string): string {
  const id = taskIdOf(path);
  if (id !== null) return `Task ${id} · Zonda`;
  if (path === "/workers") return "Workers · Zonda";
  if (path === "/queues") return "Queues · Zonda";
  return path === "/" || path === "/tasks" ? "Tasks · Zonda" : "Not found · Zonda";
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
