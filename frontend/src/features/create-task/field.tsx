import { Field } from "@base-ui/react/field";
import type { KeyboardEvent, ReactNode } from "react";

interface Frame {
  /** What it is called where no label is shown. */
  name?: string;
  label?: ReactNode;
  description?: ReactNode;
  error?: string | undefined;
  /** A button-like control is named by its label, not clicked by it. */
  buttonLike?: boolean;
  aside?: ReactNode;
  children: ReactNode;
}

/** A label, its control, help, and the error under it, all tied together for screen readers. */
export function LabelledField({ name, label, description, error, buttonLike, aside, children }: Frame) {
  const named = {
    className: label ? "field-label" : "visually-hidden",
    ...(buttonLike && { nativeLabel: false, render: <span /> }),
  };
  return (
    <Field.Root className="field" invalid={error !== undefined}>
      <div className="field-head">
        <Field.Label {...named}>{label ?? name}</Field.Label>
        {aside}
      </div>
      {children}
      {description && <Field.Description className="field-help">{description}</Field.Description>}
      <Field.Error className="field-error" match={error !== undefined}>
        {error}
      </Field.Error>
    </Field.Root>
  );
}

/** Enter sends the form, as in a one-line field; Shift+Enter is a new line. */
export function submitOnEnter(event: KeyboardEvent<HTMLTextAreaElement>): void {
  if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
  event.preventDefault();
  event.currentTarget.form?.requestSubmit();
}
