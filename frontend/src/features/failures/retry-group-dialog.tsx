import { type Bulk, BulkDialog, SHOWN } from "@/components/bulk-dialog";
import { TasksOfFailure } from "@/gql/operations";
import { useAsked } from "@/lib/use-asked";
import type { Group } from "./group-window";

/** Asks before every task of a group is retried. The group is as it was when the dialog opened. */
export function RetryGroupDialog({ group, onClose }: { group: Group | null; onClose: () => void }) {
  if (group === null) return null;
  return <Ask key={group.key} group={group} onClose={onClose} />;
}

function Ask({ group, onClose }: { group: Group; onClose: () => void }) {
  const { data, failure } = useAsked(TasksOfFailure, { key: group.key, first: SHOWN });
  const bulk: Bulk = {
    action: "retry",
    what: { filter: { failure: [group.key] } },
    count: group.count,
    // How many there are is known all the same.
    tasks: data?.tasks.nodes ?? (failure ? [] : null),
  };
  return <BulkDialog bulk={bulk} onClose={onClose} />;
}
