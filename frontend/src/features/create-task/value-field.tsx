import type { ReactNode } from "react";
import { typeWords } from "@/components/signature-words";
import type { Control, Field } from "@/lib/control";
import type { Entry } from "./entry";
import { LabelledField } from "./field";
import { GroupField } from "./group-field";
import { ListRows } from "./list-rows";
import { MapRows } from "./map-rows";
import { zoneName } from "./local-time";
import { NotSet } from "./not-set";
import type { Errors } from "./reading";
import { TextControl } from "./text-control";
import { UnionControl } from "./union-control";

/** What every part of the form is given. `name` says which value it is, `path` is where its errors stand. */
export interface Edited<Of extends Control = Control> {
  control: Of;
  entry: Entry;
  name: string;
  path: string;
  errors: Errors;
  onChange: (entry: Entry) => void;
}

type FieldProps = Omit<Edited, "control" | "name"> & { field: Field; optional: boolean };

/** The field of a value that has a name: a parameter, or what is inside a dataclass. */
export function NamedField({ field, optional, ...edited }: FieldProps) {
  const { control, name } = field;
  return (
    <ValueField
      {...edited}
      control={control}
      name={name}
      label={
        <>
          {name} <span className="field-type">{typeWords(control) + (optional ? ", optional" : "")}</span>
        </>
      }
      description={field.description}
    />
  );
}

interface ValueProps extends Edited {
  /** Shown; without one the name is there for screen readers alone. */
  label?: ReactNode;
  description?: string;
  /** It is all that its frame has, whose name stands there already. */
  isPart?: boolean;
}

/** The field of one value, with the control that its type asks for. */
export function ValueField({
  control,
  entry,
  onChange,
  label,
  description = "",
  isPart,
  ...edited
}: ValueProps) {
  const { name, path, errors } = edited;
  const isOptional = control.kind === "optional" && entry.kind === "optional";
  const inner = isOptional ? control.of : control;
  const held = isOptional ? entry.of : entry;
  const set = isOptional ? entry.set : true;
  const change = (next: Entry) => onChange(isOptional ? { ...entry, set: true, of: next } : next);
  const frame = {
    name,
    label,
    error: errors[path],
    aside: isOptional && (
      <NotSet name={name} set={set} onChange={(next) => onChange({ ...entry, set: next })} />
    ),
  };
  const inside = { ...edited, entry: held, onChange: change };
  if (isGroup(inner))
    return (
      <GroupField
        {...frame}
        // What is wrong with a union stands under the control of the chosen type.
        error={inner.kind === "union" && set ? undefined : frame.error}
        isNamed={!isPart}
        description={description || (label ? aboutOf(inner) : "")}
      >
        {set && <GroupContent {...inside} control={inner} />}
      </GroupField>
    );
  return (
    <LabelledField {...frame} description={helpOf(inner, description)} buttonLike={inner.kind === "switch"}>
      <TextControl {...inside} control={inner} disabled={!set} />
    </LabelledField>
  );
}

type Group = Control & { kind: "list" | "places" | "map" | "fields" | "union" };

function isGroup(control: Control): control is Group {
  return ["list", "places", "map", "fields", "union"].includes(control.kind);
}

function GroupContent({ control, ...edited }: Edited<Group>) {
  switch (control.kind) {
    case "list":
    case "places":
      return <ListRows {...edited} control={control} />;
    case "map":
      return <MapRows {...edited} control={control} />;
    case "union":
      return <UnionControl {...edited} control={control} />;
    case "fields":
      return <InnerFields {...edited} control={control} />;
  }
}

function InnerFields({ control, entry, path, errors, onChange }: Edited<Control & { kind: "fields" }>) {
  const fields = entry.kind === "fields" ? entry.fields : {};
  return control.fields.map((field) => {
    const own = fields[field.name];
    return (
      own && (
        <NamedField
          key={field.name}
          field={field}
          optional={!field.required}
          entry={own}
          path={`${path}.${field.name}`}
          errors={errors}
          onChange={(next) => onChange({ kind: "fields", fields: { ...fields, [field.name]: next } })}
        />
      )
    );
  });
}

/** What the class says of itself. */
function aboutOf({ own }: Control): string {
  return typeof own["description"] === "string" ? own["description"] : "";
}

function helpOf(control: Control, description: string): string {
  return [description, formHelp(control)].filter(Boolean).join(" ");
}

function formHelp(control: Control): string {
  if (control.kind === "moment" && control.of === "date-time" && control.zone)
    return `In your time zone, ${zoneName()}.`;
  return control.kind === "duration" ? "Such as 1d 2h 30m or 45s." : "";
}
