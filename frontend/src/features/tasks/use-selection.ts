import { useCallback, useState } from "react";
import { noSelection, selectedEverything, selectedPage, toggled } from "./selection";
import type { ShownRow } from "./task-window";

/** What is selected at a place, and the ways to change it. It ends where another place begins. */
export function useSelection(key: string, rows: ShownRow[]) {
  const [kept, setKept] = useState(noSelection);
  const selection = kept.key === key ? kept : noSelection;
  const ids = rows.map(({ task }) => task.id);

  const toggle = useCallback(
    (id: string, range: boolean) => {
      const ids = rows.map(({ task }) => task.id);
      setKept((before) => toggled(before, { key, id, rows: ids, range }));
    },
    [key, rows],
  );
  const clear = useCallback(() => setKept(noSelection), []);
  const selectPage = () => setKept(selectedPage(key, ids));
  const togglePage = () => (ids.every((id) => selection.ids.has(id)) ? clear() : selectPage());
  const selectEverything = () => setKept(selectedEverything(key, ids));
  return { selection, toggle, togglePage, selectPage, selectEverything, clear };
}
