import { Field } from "@base-ui/react/field";
import { Switch } from "@base-ui/react/switch";
import type { Control } from "@/lib/control";
import { ChoiceControl } from "./choice";
import { submitOnEnter } from "./field";
import { MomentControl } from "./moment-control";
import type { Edited } from "./value-field";

/** The one input of a value that is typed, switched or chosen. */
export function TextControl({ control, entry, onChange, disabled }: Edited & { disabled: boolean }) {
  const text = entry.kind === "text" ? entry.text : "";
  const change = (next: string) => onChange({ kind: "text", text: next });
  const common = { value: text, disabled, onValueChange: change };
  switch (control.kind) {
    case "number":
      return (
        <Field.Control
          {...common}
          className="input number-input"
          inputMode={control.whole ? "numeric" : "decimal"}
          autoComplete="off"
        />
      );
    case "moment":
      return <MomentControl {...common} of={control.of} zone={control.zone} />;
    case "duration":
      return (
        <Field.Control {...common} className="input number-input" autoComplete="off" spellCheck={false} />
      );
    case "json":
      return (
        <Field.Control
          {...common}
          placeholder={exampleOf(control.shape)}
          render={<textarea className="input code-input" rows={3} spellCheck={false} />}
        />
      );
    case "choice":
      return <ChoiceControl {...common} choices={control.choices} />;
    case "switch":
      return (
        <Switch.Root
          className="switch"
          checked={text === "true"}
          disabled={disabled}
          onCheckedChange={(on) => change(on ? "true" : "false")}
        >
          <Switch.Thumb className="switch-thumb" />
        </Switch.Root>
      );
    default:
      return <PlainText {...common} isCode={control.kind === "text" && control.format !== null} />;
  }
}

interface PlainProps {
  value: string;
  disabled: boolean;
  onValueChange: (text: string) => void;
  isCode: boolean;
}

function PlainText({ isCode, ...common }: PlainProps) {
  const className = isCode ? "input code-input" : "input";
  return (
    <Field.Control
      {...common}
      render={<textarea className={className} rows={1} onKeyDown={submitOnEnter} spellCheck={false} />}
    />
  );
}

function exampleOf(shape: (Control & { kind: "json" })["shape"]): string {
  if (shape === null) return '"text", 1 or null';
  return shape === "array" ? "[1, 2]" : '{"key": 1}';
}
