import { useCallback, useState } from "react";
import type { TaskStatus } from "@/gql/operations";
import { failureOf } from "@/lib/failure";
import { say } from "@/lib/notices";
import { changeFailureWords } from "./failure-words";
import { type TaskAction, carryOut, doneWords } from "./task-actions";

/**
 * Do something to one task at once and say what came of it. What is on screen changes when the live query tells, not before.
 * `pending` is what has been asked and not been answered yet.
 */
export function useTaskAction({ id, status }: { id: string; status: TaskStatus }): {
  pending: TaskAction | null;
  act: (action: TaskAction) => Promise<boolean>;
} {
  const [pending, setPending] = useState<TaskAction | null>(null);
  const act = useCallback(
    async (action: TaskAction) => {
      setPending(action);
      try {
        const count = await carryOut(action, { ids: [id] });
        say({ kind: "done", text: doneWords(action, count, status) });
        return true;
      } catch (error) {
        say({ kind: "failed", ...changeFailureWords(failureOf(error)) });
        return false;
      } finally {
        setPending(null);
      }
    },
    [id, status],
  );
  return { pending, act };
}
