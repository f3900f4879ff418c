import { Dialog } from "@base-ui/react/dialog";
import { CallTexts } from "./as-call";
import { IconCross } from "./icons";
import { callOf, taskActions } from "./task-actions";

/** What is done to one task by a button that does it at once. */
export interface ShownCall {
  action: "retry" | "cancel";
  id: string;
}

/** Shows what a button sends that asks nothing, to copy; it does none of it. */
export function CallDialog({ shown, onClose }: { shown: ShownCall | null; onClose: () => void }) {
  if (!shown) return null;
  return (
    <Dialog.Root open onOpenChange={(next) => !next && onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup className="dialog confirm">
          <div className="dialog-head">
            <Dialog.Title>{taskActions[shown.action].label} as a call</Dialog.Title>
            <Dialog.Close className="button icon-button" aria-label="Close">
              <IconCross />
            </Dialog.Close>
          </div>
          <CallTexts call={callOf(shown.action, { ids: [shown.id] })} />
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
