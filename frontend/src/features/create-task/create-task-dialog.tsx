import { Dialog } from "@base-ui/react/dialog";
import { useEffect, useRef } from "react";
import { IconCross } from "@/components/icons";
import { FailureProblem, Problem } from "@/components/problem";
import { Skeleton } from "@/components/skeleton";
import { TaskTypes } from "@/gql/operations";
import { useAsked } from "@/lib/use-asked";
import { CreateForm, type CreatedTask } from "./create-form";
import { TypePicker, callableName } from "./type-picker";

interface Props {
  /** The task type named in the URL, "" for none yet; null while the dialog is closed. */
  typeName: string | null;
  onTypeName: (name: string) => void;
  onClose: () => void;
  onCreated: (task: CreatedTask, then: { open: boolean }) => void;
}

/** Choose a task type, fill its form, create the task. */
export function CreateTaskDialog({ typeName, onTypeName, onClose, onCreated }: Props) {
  const popup = useRef<HTMLDivElement>(null);
  return (
    <Dialog.Root open={typeName !== null} onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup ref={popup} className="dialog" initialFocus={popup}>
          <div className="dialog-head">
            <Dialog.Title>Create task</Dialog.Title>
            <Dialog.Close className="button icon-button" aria-label="Close">
              <IconCross />
            </Dialog.Close>
          </div>
          {typeName !== null && (
            <DialogBody typeName={typeName} onTypeName={onTypeName} onCreated={onCreated} />
          )}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

interface BodyProps {
  typeName: string;
  onTypeName: (name: string) => void;
  onCreated: Props["onCreated"];
}

function DialogBody({ typeName, onTypeName, onCreated }: BodyProps) {
  const { data, failure, retry } = useAsked(TaskTypes, {});
  const body = useRef<HTMLDivElement>(null);
  const isReady = data !== null;
  useEffect(() => {
    // A type that is already chosen needs no picker: start at its first field.
    const fields = body.current?.querySelectorAll<HTMLElement>(".form .input, .form .switch") ?? [];
    (fields[0] ?? body.current?.querySelector("input"))?.focus();
  }, [isReady]);
  if (failure) return <FailureProblem failure={failure} retry={retry} />;
  if (!data) return <Skeleton lines={4} />;
  const types = data.taskTypes;
  const chosen =
    types.find((type) => callableName(type, types) === typeName) ??
    types.find(({ name, path }) => name === typeName || path === typeName) ??
    null;
  return (
    <div ref={body} className="dialog-body">
      <TypePicker
        types={types}
        chosen={chosen}
        onChoose={(type) => onTypeName(type ? callableName(type, types) : "")}
      />
      {chosen ? (
        <CreateForm
          key={chosen.path}
          type={chosen}
          name={callableName(chosen, types)}
          onCreated={onCreated}
        />
      ) : (
        typeName !== "" && (
          <Problem title={`There is no task type ${typeName}.`}>
            Choose one above. A new task function appears here when Zonda is started again.
          </Problem>
        )
      )}
    </div>
  );
}
