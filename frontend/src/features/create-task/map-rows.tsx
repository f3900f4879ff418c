import { Field } from "@base-ui/react/field";
import type { Control } from "@/lib/control";
import { entryOf, rowOf } from "./entry";
import { LabelledField } from "./field";
import { Rows, withRow } from "./rows";
import { type Edited, ValueField } from "./value-field";

/** A dict: rows of a key and a value. */
export function MapRows({ control, entry, name, path, errors, onChange }: Edited<Control & { kind: "map" }>) {
  const rows = entry.kind === "rows" ? entry.rows : [];
  const change = (next: typeof rows) => onChange({ kind: "rows", rows: next });
  return (
    <Rows name={name} rows={rows} newRow={() => rowOf(entryOf(control.value))} onChange={change}>
      {(row, index, rowName) => (
        <div className="map-row">
          <LabelledField name={`${rowName}, key`} error={errors[`${path}[${index}][key]`]}>
            <Field.Control
              className="input code-input"
              placeholder="key"
              value={row.key}
              autoComplete="off"
              spellCheck={false}
              onValueChange={(key) => change(withRow(rows, index, { key }))}
            />
          </LabelledField>
          <ValueField
            control={control.value}
            entry={row.entry}
            name={`${rowName}, value`}
            path={`${path}[${index}]`}
            errors={errors}
            onChange={(next) => change(withRow(rows, index, { entry: next }))}
          />
        </div>
      )}
    </Rows>
  );
}
