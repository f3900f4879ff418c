import { Field } from "@base-ui/react/field";
import { fromLocal, toLocal } from "./local-time";

interface Props {
  of: "date" | "date-time" | "time";
  zone: boolean;
  /** As JSON has it; an instant keeps the zone that it came with until it is changed. */
  value: string;
  disabled: boolean;
  onValueChange: (value: string) => void;
}

/** A date, a time of day, or both, with the browser's own picker. */
export function MomentControl({ of, zone, value, onValueChange, disabled }: Props) {
  const isInstant = of === "date-time" && zone;
  return (
    <Field.Control
      className="input"
      type={of === "date-time" ? "datetime-local" : of}
      {...(of !== "date" && { step: "1" })}
      disabled={disabled}
      value={isInstant ? toLocal(value) : value}
      onValueChange={(text) => onValueChange(isInstant && text ? fromLocal(text) : withSeconds(of, text))}
    />
  );
}

/** The browser leaves seconds out when they are 0. */
function withSeconds(of: Props["of"], text: string): string {
  return of !== "date" && /(?:^|T)\d\d:\d\d$/.test(text) ? `${text}:00` : text;
}
