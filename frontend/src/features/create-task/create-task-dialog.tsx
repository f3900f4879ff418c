import { Dialog } from "@base-ui/react/dialog";
import { useEffect, useRef, useState } from "react";
import { IconCross } from "@/components/icons";
import { NoTaskTypes } from "@/components/no-task-types";
import { FailureProblem, Problem } from "@/components/problem";
import { Skeleton } from "@/components/skeleton";
import { TaskToRepeat, TaskTypes } from "@/gql/operations";
import type { Failure } from "@/lib/failure";
import { callableName } from "@/lib/task-type";
import { useAsked } from "@/lib/use-asked";
import { CreateForm } from "./create-form";
import type { Created } from "./creation";
import { TypePicker } from "./type-picker";

interface Props {
  /** The task type named in the URL, "" for none yet; null while the dialog is closed. */
  typeName: string | null;
  /** The id of a task that is to run again with changes; null for a new one. */
  from: string | null;
  onTypeName: (name: string) => void;
  onClose: () => void;
  onCreated: (created: Created, then: { open: boolean }) => void;
}

/** Choose a task type, fill its form, create the task. */
export function CreateTaskDialog({ typeName, from, onTypeName, onClose, onCreated }: Props) {
  const popup = useRef<HTMLDivElement>(null);
  return (
    <Dialog.Root open={typeName !== null} onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup ref={popup} className="dialog" initialFocus={popup}>
          <div className="dialog-head">
            <Dialog.Title>{from === null ? "Create task" : "Run again with changes"}</Dialog.Title>
            <Dialog.Close className="button icon-button" aria-label="Close">
              <IconCross />
            </Dialog.Close>
          </div>
          {typeName !== null && (
            <DialogBody
              key={from}
              typeName={typeName}
              from={from}
              onTypeName={onTypeName}
              onCreated={onCreated}
            />
          )}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

interface BodyProps {
  typeName: string;
  from: string | null;
  onTypeName: (name: string) => void;
  onCreated: Props["onCreated"];
}

function DialogBody({ typeName, from, onTypeName, onCreated }: BodyProps) {
  const { data, failure, retry } = useAsked(TaskTypes, {});
  const repeated = useAsked(TaskToRepeat, from === null ? null : { id: from });
  const body = useRef<HTMLDivElement>(null);
  const [tabsPlace, setTabsPlace] = useState<HTMLElement | null>(null);
  const isAnswered = from === null || repeated.data !== null || repeated.failure !== null;
  const isReady = data !== null && isAnswered;
  useEffect(() => {
    // A type that is already chosen needs no picker: start at its first field.
    const fields = body.current?.querySelectorAll<HTMLElement>(".form .input, .form .switch") ?? [];
    (fields[0] ?? body.current?.querySelector("input"))?.focus();
  }, [isReady]);
  if (failure) return <FailureProblem failure={failure} retry={retry} />;
  if (!data || !isAnswered) return <Skeleton lines={4} />;
  const types = data.taskTypes;
  if (types.length === 0) return <NoTaskTypes />;
  const chosen =
    types.find((type) => callableName(type, types) === typeName) ??
    types.find(({ name, path }) => name === typeName || path === typeName) ??
    null;
  return (
    <div ref={body} className="dialog-body">
      {chosen && <div ref={setTabsPlace} />}
      {repeated.failure && <NothingToRepeat failure={repeated.failure} retry={repeated.retry} />}
      <TypePicker
        types={types}
        chosen={chosen}
        onChoose={(type) => onTypeName(type ? callableName(type, types) : "")}
      />
      {chosen ? (
        <CreateForm
          key={chosen.path}
          type={chosen}
          repeated={repeated.data?.task?.path === chosen.path ? repeated.data.task : null}
          name={callableName(chosen, types)}
          tabsPlace={tabsPlace}
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

/** The task that was to run again can't be read; the form is there all the same. */
function NothingToRepeat({ failure, retry }: { failure: Failure; retry: () => void }) {
  if (failure.kind !== "refused" || failure.code !== "NOT_FOUND")
    return <FailureProblem failure={failure} retry={retry} />;
  return (
    <Problem title="The task that was to run again is not there any more.">
      {failure.message} Fill its arguments in below.
    </Problem>
  );
}
