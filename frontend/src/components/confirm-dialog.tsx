import { AlertDialog } from "@base-ui/react/alert-dialog";
import { type ReactNode, useRef, useState } from "react";
import { useAnnouncement } from "@/lib/announcements";
import type { Call } from "@/lib/call-text";
import { type Failure, failureOf } from "@/lib/failure";
import { AsCall } from "./as-call";
import { changeFailureWords } from "./failure-words";
import { Problem } from "./problem";

const WORKING = "Working…";

interface Props {
  open: boolean;
  title: string;
  /** What the button says that does it: the verb, "Delete 3 tasks". */
  confirm: string;
  /** Does it; while it throws, the dialog stays and says why. */
  onConfirm: () => Promise<void>;
  onClose: () => void;
  /** What onConfirm sends, to be copied. */
  call: Call;
  children?: ReactNode;
}

/** Asks before something is done, says how it failed, and can be left at any time until it is being done. */
export function ConfirmDialog({ open, title, confirm, onConfirm, onClose, call, children }: Props) {
  const button = useRef<HTMLButtonElement>(null);
  const popup = useRef<HTMLDivElement>(null);
  const [doing, setDoing] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);
  useAnnouncement(doing ? WORKING : "");

  const close = () => {
    if (doing) return;
    setFailure(null);
    onClose();
  };
  const submit = async (event: React.SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (doing) return;
    setDoing(true);
    setFailure(null);
    try {
      await onConfirm();
      onClose();
    } catch (error) {
      setFailure(failureOf(error));
    } finally {
      setDoing(false);
    }
  };
  /** What is to be filled in first; else the button, which Enter presses. */
  const first = () => popup.current?.querySelector<HTMLElement>("input") ?? button.current;

  const words = failure && changeFailureWords(failure);
  return (
    <AlertDialog.Root open={open} onOpenChange={(next) => !next && close()}>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className="backdrop" />
        <AlertDialog.Popup ref={popup} className="dialog confirm" initialFocus={first}>
          <form className="form" onSubmit={(event) => void submit(event)}>
            <AlertDialog.Title>{title}</AlertDialog.Title>
            <AlertDialog.Description render={<div className="confirm-text" />}>
              {children}
            </AlertDialog.Description>
            <AsCall call={call} />
            {words && <Problem title={words.text}>{words.next}</Problem>}
            <div className="form-actions">
              <button ref={button} type="submit" className="button primary" aria-disabled={doing}>
                {confirm}
              </button>
              <AlertDialog.Close className="button">Leave it</AlertDialog.Close>
              {doing && <span className="quiet">{WORKING}</span>}
            </div>
          </form>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
