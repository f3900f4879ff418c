import type { Bulk } from "@/components/bulk-dialog";
import { type TaskAction, actionNames, taskActions } from "@/components/task-actions";
import { type Selection, isEmpty } from "./selection";

interface Props {
  selection: Selection;
  /** How many rows are on screen. */
  onPage: number;
  /** Whether more match than are on screen, and how many match, where that is known. */
  more: boolean;
  matching: number | null;
  bulks: Record<TaskAction, Bulk | null>;
  onPick: (bulk: Bulk) => void;
  onWholePage: () => void;
  onEverything: () => void;
  onClear: () => void;
}

/** What is selected and what can be done to it. Stands below the rows, so that selecting moves none of them. */
export function SelectionBar(props: Props) {
  const { selection, onPage, more, matching, bulks, onPick, onClear } = props;
  const none = isEmpty(selection);
  const wholePage = selection.ids.size >= onPage;
  return (
    <section className={none ? "selection none" : "selection"} aria-label="Selection">
      <p role="status">{none ? "" : selectedWords(selection, matching)}</p>
      {!none && (
        <>
          {!wholePage && (
            <button type="button" className="button small" onClick={props.onWholePage}>
              Select this page
            </button>
          )}
          {wholePage && more && !selection.everything && (
            <button type="button" className="button small" onClick={props.onEverything}>
              Select all {matching === null ? "" : `${matching.toLocaleString("en")} `}that match
            </button>
          )}
          <div className="selection-actions">
            {actionNames.map((action) => {
              const bulk = bulks[action];
              return (
                <button
                  key={action}
                  type="button"
                  className="button"
                  disabled={bulk === null}
                  title={bulk ? undefined : `None of them can be ${pastWords[action]}.`}
                  onClick={() => bulk && onPick(bulk)}
                >
                  {taskActions[action].label}
                  {bulk?.count != null && ` ${bulk.count.toLocaleString("en")}`}
                </button>
              );
            })}
            <button type="button" className="button" onClick={onClear}>
              Clear
            </button>
          </div>
        </>
      )}
    </section>
  );
}

const pastWords = { retry: "retried", cancel: "cancelled", delete: "deleted" } satisfies Record<
  TaskAction,
  string
>;

function selectedWords({ ids, everything }: Selection, matching: number | null): string {
  if (!everything) return `${ids.size.toLocaleString("en")} selected`;
  return matching === null
    ? "All that match are selected"
    : `All ${matching.toLocaleString("en")} that match are selected`;
}
