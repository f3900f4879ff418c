import { ConfirmDialog } from "@/components/confirm-dialog";
import { DrainWorker } from "@/gql/operations";
import { mutate } from "@/lib/graphql";
import { say } from "@/lib/notices";

/** Asks before a worker is let go. */
export function DrainDialog({ topic, onClose }: { topic: string | null; onClose: () => void }) {
  if (topic === null) return null;
  const call = { operation: DrainWorker, variables: { topic } };
  return (
    <ConfirmDialog
      open
      title={`Drain worker ${topic}?`}
      confirm={`Drain ${topic}`}
      onClose={onClose}
      call={call}
      onConfirm={async () => {
        await mutate(call.operation, call.variables);
        say({ kind: "done", text: `${topic} takes no more tasks.` });
      }}
    >
      <p>
        It takes no new task, ends those that it runs, then leaves and stays away. What it holds and has not
        started goes to other workers; without any, it waits.
      </p>
    </ConfirmDialog>
  );
}
