import { Field } from "@base-ui/react/field";
import { useState } from "react";
import { ConfirmDialog } from "@/components/confirm-dialog";
import { PauseQueue } from "@/gql/operations";
import { mutate } from "@/lib/graphql";
import { say } from "@/lib/notices";

/** Asks why a queue is paused: whoever finds its tasks waiting reads it. */
export function PauseDialog({ queue, onClose }: { queue: string | null; onClose: () => void }) {
  if (queue === null) return null;
  return <Ask key={queue} queue={queue} onClose={onClose} />;
}

function Ask({ queue, onClose }: { queue: string; onClose: () => void }) {
  const [reason, setReason] = useState("");
  const call = { operation: PauseQueue, variables: { name: queue, reason: reason.trim() || null } };
  return (
    <ConfirmDialog
      open
      title={`Pause queue ${queue}?`}
      confirm="Pause"
      onClose={onClose}
      call={call}
      onConfirm={async () => {
        await mutate(call.operation, call.variables);
        say({ kind: "done", text: `Paused ${queue}.` });
      }}
    >
      <p>Its tasks wait until it is resumed. Those that run go on, and new ones can be created.</p>
      <Field.Root className="field">
        <Field.Label className="field-label">Reason</Field.Label>
        <Field.Control
          className="input"
          value={reason}
          onValueChange={setReason}
          placeholder="Such as: the mail server is being moved"
          autoComplete="off"
        />
        <Field.Description className="field-help">
          Shown here and beside each task that waits. May be empty.
        </Field.Description>
      </Field.Root>
    </ConfirmDialog>
  );
}
