import { ConfirmDialog } from "@/components/confirm-dialog";
import { ResumeQueue } from "@/gql/operations";
import { mutate } from "@/lib/graphql";
import { say } from "@/lib/notices";

interface Paused {
  name: string;
  pauseReason: string | null;
  queueing: number;
}

/** Asks before the tasks of a paused queue go on: what it was paused for may not be over. */
export function ResumeDialog({ queue, onClose }: { queue: Paused | null; onClose: () => void }) {
  if (queue === null) return null;
  const { name, pauseReason, queueing } = queue;
  const call = { operation: ResumeQueue, variables: { name } };
  return (
    <ConfirmDialog
      open
      title={`Resume queue ${name}?`}
      confirm="Resume"
      onClose={onClose}
      call={call}
      onConfirm={async () => {
        await mutate(call.operation, call.variables);
        say({ kind: "done", text: `Resumed ${name}.` });
      }}
    >
      {pauseReason && (
        <p>
          It was paused because: <span className="reason">{pauseReason}</span>
        </p>
      )}
      <p>{waitingWords(queueing)}</p>
    </ConfirmDialog>
  );
}

function waitingWords(queueing: number): string {
  if (queueing === 0) return "Nothing waits in it; what is created from now on starts again.";
  if (queueing === 1) return "1 task waits in it, and starts once a worker has room.";
  return `${queueing.toLocaleString("en")} tasks wait in it, and start as workers have room.`;
}
