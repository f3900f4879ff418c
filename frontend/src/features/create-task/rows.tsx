import { type ReactNode, useRef } from "react";
import { IconCross, IconPlus } from "@/components/icons";
import type { Row } from "./entry";
import { useRowFocus } from "./use-row-focus";

interface Props {
  /** Of the whole: each row is "tags, row 2". */
  name: string;
  rows: Row[];
  /** Null where there are as many rows as there are. */
  newRow: (() => Row) | null;
  onChange: (rows: Row[]) => void;
  children: (row: Row, index: number, name: string) => ReactNode;
}

/** Rows that one adds and removes. */
export function Rows({ name, rows, newRow, onChange, children }: Props) {
  const area = useRef<HTMLDivElement>(null);
  const focus = useRowFocus(area, rows.length);
  const add = (made: Row) => {
    focus.willAdd();
    onChange([...rows, made]);
  };
  const remove = (index: number) => {
    focus.willRemove(index);
    onChange(rows.filter((_, each) => each !== index));
  };
  return (
    <div ref={area} className="rows-area">
      {rows.length > 0 && (
        <ol className="rows">
          {rows.map((row, index) => {
            const rowName = `${name}, row ${index + 1}`;
            return (
              <li key={row.id} className="row">
                <div className="row-value">{children(row, index, rowName)}</div>
                {newRow && (
                  <button
                    type="button"
                    className="button icon-button row-remove"
                    aria-label={`Remove ${rowName}`}
                    onClick={() => remove(index)}
                  >
                    <IconCross />
                  </button>
                )}
              </li>
            );
          })}
        </ol>
      )}
      {newRow && (
        <button
          type="button"
          className="button small row-add"
          aria-label={`Add a row to ${name}`}
          onClick={() => add(newRow())}
        >
          <IconPlus />
          Add a row
        </button>
      )}
    </div>
  );
}

/** The rows with one of them changed. */
export function withRow(rows: Row[], index: number, change: Partial<Row>): Row[] {
  return rows.map((row, each) => (each === index ? { ...row, ...change } : row));
}
