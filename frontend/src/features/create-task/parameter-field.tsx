import { Field } from "@base-ui/react/field";
import { Switch } from "@base-ui/react/switch";
import { type Json, printJson } from "@/lib/json";
import { ChoiceControl } from "./choice";
import { type Entry, exampleOf } from "./draft";
import { LabelledField, submitOnEnter } from "./field";
import { zoneName } from "./local-time";
import type { Parameter } from "./signature";

interface Props {
  parameter: Parameter;
  entry: Entry;
  error: string | undefined;
  onChange: (entry: Entry) => void;
}

/** The field of one parameter, with the control that its type asks for. */
export function ParameterField({ parameter, entry, error, onChange }: Props) {
  const { control, nullable } = parameter;
  const isEdited = entry.set || !nullable;
  return (
    <LabelledField
      label={<Name parameter={parameter} />}
      description={descriptionOf(parameter)}
      error={error}
      buttonLike={control.kind === "switch"}
      aside={
        nullable && (
          <label className="not-set">
            <input
              type="checkbox"
              checked={!entry.set}
              onChange={(event) => onChange({ ...entry, set: !event.target.checked })}
            />
            not set
          </label>
        )
      }
    >
      <ValueControl
        parameter={parameter}
        text={entry.text}
        disabled={!isEdited}
        onChange={(text) => onChange({ set: true, text })}
      />
    </LabelledField>
  );
}

function Name({ parameter }: { parameter: Parameter }) {
  return (
    <>
      {parameter.name} <span className="field-type">{typeWords(parameter)}</span>
    </>
  );
}

function typeWords({ control, required, passing }: Parameter): string {
  const optional = required || passing === "more-positions" || passing === "more-names" ? "" : ", optional";
  switch (control.kind) {
    case "number":
      return (control.whole ? "whole number" : "number") + boundsWords(control) + optional;
    case "json":
      return (
        (control.shape === "array" ? "JSON list" : control.shape === "object" ? "JSON object" : "JSON") +
        optional
      );
    case "date-time":
      return `date and time${optional}`;
    case "choice":
      return `choice${optional}`;
    case "switch":
      return `on or off${optional}`;
    case "text":
      return `text${optional}`;
  }
}

function boundsWords({ minimum, maximum }: { minimum: Json; maximum: Json }): string {
  if (minimum !== null && maximum !== null) return ` from ${printJson(minimum)} to ${printJson(maximum)}`;
  if (minimum !== null) return `, at least ${printJson(minimum)}`;
  return maximum !== null ? `, at most ${printJson(maximum)}` : "";
}

function descriptionOf({ description, control }: Parameter): string {
  const zone = control.kind === "date-time" ? `In your time zone, ${zoneName()}.` : "";
  return [description, zone].filter(Boolean).join(" ");
}

interface ValueProps {
  parameter: Parameter;
  text: string;
  disabled: boolean;
  onChange: (text: string) => void;
}

function ValueControl({ parameter, text, disabled, onChange }: ValueProps) {
  const { control } = parameter;
  const common = { value: text, disabled, onValueChange: onChange };
  switch (control.kind) {
    case "text":
      return (
        <Field.Control
          {...common}
          render={<textarea className="input" rows={1} onKeyDown={submitOnEnter} spellCheck={false} />}
        />
      );
    case "number":
      return (
        <Field.Control
          {...common}
          className="input number-input"
          inputMode={control.whole ? "numeric" : "decimal"}
          autoComplete="off"
        />
      );
    case "date-time":
      return <Field.Control {...common} className="input" type="datetime-local" step="1" />;
    case "json":
      return (
        <Field.Control
          {...common}
          placeholder={exampleOf(parameter)}
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
          onCheckedChange={(on) => onChange(on ? "true" : "false")}
        >
          <Switch.Thumb className="switch-thumb" />
        </Switch.Root>
      );
  }
}
