import { Field } from "@base-ui/react/field";
import { type Json, printJson } from "@/lib/json";

interface Props {
  choices: Json[];
  value: string;
  disabled: boolean;
  onValueChange: (value: string) => void;
}

/** One of a few values; the browser's own list, which every phone and screen reader knows. */
export function ChoiceControl({ choices, ...control }: Props) {
  return (
    <Field.Control
      {...control}
      render={
        <select className="input">
          {!choices.some((choice) => printJson(choice) === control.value) && (
            <option value="">Choose…</option>
          )}
          {choices.map((choice) => (
            <option key={printJson(choice)} value={printJson(choice)}>
              {typeof choice === "string" ? choice : printJson(choice)}
            </option>
          ))}
        </select>
      }
    />
  );
}
