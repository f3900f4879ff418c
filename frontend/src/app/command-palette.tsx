import { Autocomplete } from "@base-ui/react/autocomplete";
import { Dialog } from "@base-ui/react/dialog";
import { useMemo, useRef, useState } from "react";
import { IconSearch } from "@/components/icons";
import { PaletteChoices } from "@/gql/operations";
import { usePaused } from "@/lib/pause";
import { useRemembered } from "@/lib/remembered";
import { useAsked } from "@/lib/use-asked";
import { KEYS, isChord } from "@/lib/use-key";
import { Caps } from "./caps";
import { type Command, allCommands, commandsFor } from "./commands";
import { useDensity, useTheme } from "./preferences";

interface Props {
  open: boolean;
  onClose: () => void;
}

/** Everything that can be done from here, by its name. What is chosen is done once the focus is back where it was. */
export function CommandPalette({ open, onClose }: Props) {
  const chosen = useRef<Command | null>(null);
  const input = useRef<HTMLInputElement>(null);
  const choose = (command: Command) => {
    chosen.current = command;
    onClose();
  };
  const finish = () => {
    const command = chosen.current;
    chosen.current = null;
    command?.run();
  };
  return (
    <Dialog.Root
      open={open}
      onOpenChange={(next) => !next && onClose()}
      onOpenChangeComplete={(isOpen) => !isOpen && finish()}
    >
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup
          className="dialog palette"
          aria-label="Command palette"
          initialFocus={input}
          onKeyDown={(event) => {
            if (!isChord(event, "palette")) return;
            event.preventDefault();
            onClose();
          }}
        >
          <Commands input={input} onChoose={choose} />
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

interface CommandsProps {
  input: React.RefObject<HTMLInputElement | null>;
  onChoose: (command: Command) => void;
}

function Commands({ input, onChoose }: CommandsProps) {
  const { data, failure } = useAsked(PaletteChoices, {});
  const [text, setText] = useState("");
  const paused = usePaused();
  const [, setTheme] = useTheme();
  const [, setDensity] = useDensity();
  const [keys, setKeys] = useRemembered("keys", KEYS);
  const all = useMemo(
    () =>
      allCommands({
        choices: data,
        paused,
        keysAct: keys === "on",
        setKeysAct: (act) => setKeys(act ? "on" : "off"),
        setTheme,
        setDensity,
      }),
    [data, paused, keys, setKeys, setTheme, setDensity],
  );
  const found = commandsFor(text, all);
  const count = found.reduce((sum, { items }) => sum + items.length, 0);
  return (
    <Autocomplete.Root
      open
      inline
      mode="none"
      items={found.map(({ label, items }) => ({ value: label, items }))}
      value={text}
      onValueChange={(next, { reason }) => {
        // What is chosen is done, not written.
        if (reason !== "item-press") setText(next);
      }}
      itemToStringValue={({ label }: Command) => label}
      autoHighlight="always"
      keepHighlight
    >
      <div className="palette-input">
        <IconSearch />
        <Autocomplete.Input
          ref={input}
          aria-label="Search commands"
          placeholder="Command, or id of a task"
          spellCheck={false}
          autoComplete="off"
        />
        <Dialog.Close className="button small">
          Close <kbd>Esc</kbd>
        </Dialog.Close>
      </div>
      <Autocomplete.List className="palette-list" aria-label="Commands">
        {({ value, items }: { value: string; items: Command[] }) => (
          <Autocomplete.Group key={value} className="palette-group" items={items}>
            <Autocomplete.GroupLabel className="palette-label">{value}</Autocomplete.GroupLabel>
            <Autocomplete.Collection>
              {(command: Command) => <Line key={command.label} command={command} onChoose={onChoose} />}
            </Autocomplete.Collection>
          </Autocomplete.Group>
        )}
      </Autocomplete.List>
      <Autocomplete.Status className="palette-foot">
        {count === 0 ? "No command has these words." : count === 1 ? "1 command" : `${count} commands`}
        {failure && "; the names of task types, queues and workers could not be asked for"}
      </Autocomplete.Status>
    </Autocomplete.Root>
  );
}

function Line({ command, onChoose }: { command: Command; onChoose: (command: Command) => void }) {
  const { label, help, key } = command;
  return (
    <Autocomplete.Item value={command} className="popup-item palette-item" onClick={() => onChoose(command)}>
      <span className="palette-name">{label}</span> <span className="palette-help">{help}</span>{" "}
      {key && (
        <span className="palette-key">
          <Caps name={key} />
        </span>
      )}
    </Autocomplete.Item>
  );
}
