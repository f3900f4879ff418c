import { Dialog } from "@base-ui/react/dialog";
import { useRef } from "react";
import { IconCross } from "@/components/icons";
import { type KeyName, keys, places } from "@/lib/keys";
import { Caps } from "./caps";
import { KeySwitch } from "./preferences";

const names = Object.keys(keys) as KeyName[];

/** Every key there is, made from the table that the keys themselves come from. */
export function KeyHelp({ open, onClose }: { open: boolean; onClose: () => void }) {
  const popup = useRef<HTMLDivElement>(null);
  return (
    <Dialog.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup ref={popup} className="dialog key-help" initialFocus={popup}>
          <div className="dialog-head">
            <Dialog.Title>Keys</Dialog.Title>
            <Dialog.Close className="button icon-button" aria-label="Close">
              <IconCross />
            </Dialog.Close>
          </div>
          <KeySwitch />
          <p className="quiet">
            They do nothing while you type. <Caps name="palette" /> works then, too, but not while a dialog is
            open; no other key with Ctrl or Cmd is used here.
          </p>
          <div className="key-groups">
            {places.map((place) => (
              <section key={place}>
                <h3>{place}</h3>
                <dl className="key-list">
                  {names
                    .filter((name) => keys[name].where === place)
                    .map((name) => (
                      <div key={name}>
                        <dt>
                          <Caps name={name} />
                        </dt>
                        <dd>{keys[name].does}</dd>
                      </div>
                    ))}
                </dl>
              </section>
            ))}
          </div>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
