import type { Control } from "@/lib/control";
import { entryOf, rowOf } from "./entry";
import { Rows, withRow } from "./rows";
import { type Edited, ValueField } from "./value-field";

/** A list: any number of rows, or one for each place. */
export function ListRows({
  control,
  entry,
  name,
  path,
  errors,
  onChange,
}: Edited<Control & { kind: "list" | "places" }>) {
  const rows = entry.kind === "rows" ? entry.rows : [];
  const change = (next: typeof rows) => onChange({ kind: "rows", rows: next });
  const newRow = control.kind === "list" ? () => rowOf(entryOf(control.item)) : null;
  return (
    <Rows name={name} rows={rows} newRow={newRow} onChange={change}>
      {(row, index, rowName) => {
        const item = control.kind === "list" ? control.item : control.items[index];
        return (
          item && (
            <ValueField
              control={item}
              entry={row.entry}
              name={rowName}
              path={`${path}[${index}]`}
              errors={errors}
              onChange={(next) => change(withRow(rows, index, { entry: next }))}
            />
          )
        );
      }}
    </Rows>
  );
}
