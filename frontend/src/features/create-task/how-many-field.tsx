import { Field } from "@base-ui/react/field";
import { LabelledField } from "./field";

interface Props {
  text: string;
  error: string | undefined;
  onChange: (text: string) => void;
}

/** How many tasks are made of what stands above it. */
export function HowManyField({ text, error, onChange }: Props) {
  return (
    <LabelledField label="How many" error={error} description="1 to 1,000 tasks, all alike.">
      <Field.Control
        className="input number-input how-many-input"
        value={text}
        onValueChange={onChange}
        inputMode="numeric"
        autoComplete="off"
      />
    </LabelledField>
  );
}
