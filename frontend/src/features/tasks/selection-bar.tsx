import { useCallback, useRef } from "react";
import type { Bulk } from "@/components/bulk-dialog";
import { type TaskAction, actionNames, taskActions } from "@/components/task-actions";
import { useAnnouncement } from "@/lib/announcements";
import { say } from "@/lib/notices";
import { keyCaps } from "@/lib/keys";
import { useKey } from "@/lib/use-key";
import { type Selection, isEmpty, isSeveral } from "./selection";
import { useBarFocus } from "./use-bar-focus";

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

/**
 * What is selected and what can be done to it. Stands below the rows, so that selecting moves none of them; a key leads to it
 * past all of those, and back.
 */
export function SelectionBar(props: Props) {
  const { selection, onPage, more, matching, bulks, onPick, onClear } = props;
  const none = isEmpty(selection);
  const words = none ? "" : selectedWords(selection, matching);
  useAnnouncement(words);
  const bar = useRef<HTMLElement>(null);
  const back = useBarFocus(bar, !none);
  useBulkKey("retry", props);
  useBulkKey("cancel", props);
  const clear = () => {
    back();
    onClear();
  };
  const wholePage = selection.ids.size >= onPage;
  return (
    <section
      ref={bar}
      className={none ? "selection none" : "selection"}
      aria-label="Selection"
      aria-keyshortcuts="S"
    >
      <p>{words}</p>
      {!none && (
        <>
          <kbd aria-hidden="true" title="Leads here from a row; Esc leads back">
            {keyCaps("selected")}
          </kbd>
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
                  title={bulk ? undefined : noneWords(action)}
                  onClick={() => bulk && onPick(bulk)}
                >
                  {taskActions[action].label}
                  {bulk?.count != null && ` ${bulk.count.toLocaleString("en")}`}
                </button>
              );
            })}
            <button type="button" className="button" onClick={clear}>
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

function noneWords(action: TaskAction): string {
  return `None of them can be ${pastWords[action]}.`;
}

function fitWords(action: TaskAction): string {
  return `It fits those that are ${taskActions[action].fits.join(" or ")}.`;
}

/** The key of an action, wherever it is pressed and no row takes it for itself, asks about several that are selected. */
function useBulkKey(action: "retry" | "cancel", { selection, bulks, onPick }: Props): void {
  const bulk = bulks[action];
  const several = isSeveral(selection);
  useKey(
    action,
    useCallback(() => {
      if (!several) return;
      if (bulk) onPick(bulk);
      else say({ kind: "failed", text: noneWords(action), next: fitWords(action) });
    }, [several, bulk, action, onPick]),
  );
}

function selectedWords({ ids, everything }: Selection, matching: number | null): string {
  if (!everything) return `${ids.size.toLocaleString("en")} selected`;
  return matching === null
    ? "All that match are selected"
    : `All ${matching.toLocaleString("en")} that match are selected`;
}
