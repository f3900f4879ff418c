/** Which rows are selected, by id; or everything that matches, on this page and beyond it. */
export interface Selection {
  /** The place that it belongs to: another filter or page begins without one. */
  key: string | null;
  ids: ReadonlySet<string>;
  everything: boolean;
  /** The row that was toggled last: a range begins there. */
  last: string | null;
}

export const noSelection: Selection = { key: null, ids: new Set(), everything: false, last: null };

export function isEmpty({ ids, everything }: Selection): boolean {
  return ids.size === 0 && !everything;
}

/** Whether more is selected than one row: then a key that acts on one of them acts on them all. */
export function isSeveral({ ids, everything }: Selection): boolean {
  return ids.size > 1 || everything;
}

export function isSelected({ ids, everything }: Selection, id: string): boolean {
  return everything || ids.has(id);
}

interface Toggled {
  key: string;
  id: string;
  /** Every row on screen, in order. */
  rows: string[];
  /** Also all rows between it and the one toggled last. */
  range: boolean;
}

/** Toggle a row. Out of everything it leaves the other rows on screen: what else matches is not known by id. */
export function toggled(selection: Selection, { key, id, rows, range }: Toggled): Selection {
  const before = selection.key === key ? selection : noSelection;
  const on = !isSelected(before, id);
  const ids = new Set(before.everything ? rows : before.ids);
  const from = range && before.last !== null ? rows.indexOf(before.last) : -1;
  const to = rows.indexOf(id);
  const touched = from < 0 ? [id] : rows.slice(Math.min(from, to), Math.max(from, to) + 1);
  for (const each of touched) {
    if (on) ids.add(each);
    else ids.delete(each);
  }
  return { key, ids, everything: false, last: id };
}

export function selectedPage(key: string, rows: string[]): Selection {
  return { key, ids: new Set(rows), everything: false, last: null };
}

export function selectedEverything(key: string, rows: string[]): Selection {
  return { key, ids: new Set(rows), everything: true, last: null };
}
