import { Field } from "@base-ui/react/field";
import { LabelledField } from "./field";
import { zoneName } from "./local-time";
import type { OptionErrors, Options } from "./options";

interface Props {
  options: Options;
  errors: OptionErrors;
  /** What holds when nothing is said. */
  type: { queue: string; maxAttempts: number; timeout: number | null };
  open: boolean;
  onOpenChange: (open: boolean) => void;
  onChange: (options: Options) => void;
}

/** What is rarely needed: closed until asked for, and whenever something in it is wrong. */
export function OptionFields({ options, errors, type, open, onOpenChange, onChange }: Props) {
  const control = (name: keyof Options) => ({
    className: "input",
    value: options[name],
    onValueChange: (text: string) => onChange({ ...options, [name]: text }),
    autoComplete: "off",
  });
  return (
    <details className="options" open={open} onToggle={(event) => onOpenChange(event.currentTarget.open)}>
      <summary>Options: queue, priority, attempts, timeout, times, id</summary>
      <div className="options-panel">
        <LabelledField label="Queue" error={errors.queue}>
          <Field.Control {...control("queue")} placeholder={type.queue} />
        </LabelledField>
        <LabelledField label="Priority" error={errors.priority} description="−100 to 100; higher goes first.">
          <Field.Control {...control("priority")} placeholder="0" inputMode="numeric" />
        </LabelledField>
        <LabelledField
          label="Attempts"
          error={errors.attempts}
          description="How often it is tried before it has failed."
        >
          <Field.Control
            {...control("attempts")}
            placeholder={String(type.maxAttempts)}
            inputMode="numeric"
          />
        </LabelledField>
        <LabelledField
          label="Timeout"
          error={errors.timeout}
          description="Seconds that one attempt may take."
        >
          <Field.Control
            {...control("timeout")}
            placeholder={type.timeout === null ? "none" : String(type.timeout)}
            inputMode="decimal"
          />
        </LabelledField>
        <LabelledField label="Run at" error={errors.runAt} description={`In your time zone, ${zoneName()}.`}>
          <Field.Control {...control("runAt")} type="datetime-local" step="1" />
        </LabelledField>
        <LabelledField
          label="Expires at"
          error={errors.expiresAt}
          description="If it has not started by then, it never does."
        >
          <Field.Control {...control("expiresAt")} type="datetime-local" step="1" />
        </LabelledField>
        <LabelledField
          label="Id"
          error={errors.id}
          description="The same id and content never make a second task."
        >
          <Field.Control {...control("id")} placeholder="made for you" spellCheck={false} />
        </LabelledField>
      </div>
    </details>
  );
}
