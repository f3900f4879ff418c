import { describe, expect, test } from "vitest";
import type { TaskRowFragment } from "@/gql/operations";
import { aTask } from "@/testing/task-factory";
import { bulkOf } from "./bulk";
import { selectedEverything, selectedPage } from "./selection";

const row = (id: string, status: TaskRowFragment["status"], left = false) => ({
  cursor: `c-${id}`,
  task: aTask.queueing({ id, status }) as unknown as TaskRowFragment,
  left,
});
const rows = [row("q", "QUEUEING"), row("r", "RUNNING"), row("f", "FAILED"), row("gone", "FAILED", true)];
const ids = rows.map(({ task }) => task.id);
const counts = { queueing: 1, running: 2, failed: 30, finished: 400 };

describe("an action on selected rows", () => {
  const choice = { selection: selectedPage("here", ids), rows, filter: null, counts };

  test("is for those that it fits and that are still listed", () => {
    expect(bulkOf("cancel", choice)).toMatchObject({ what: { ids: ["q", "r"] }, count: 2 });
    expect(bulkOf("delete", choice)).toMatchObject({ what: { ids: ["f"] }, count: 1 });
  });

  test("is none when it fits no row", () => {
    expect(bulkOf("retry", { ...choice, selection: selectedPage("here", ["q"]) })).toBeNull();
  });
});

describe("an action on everything that matches", () => {
  const selection = selectedEverything("here", ids);

  test("narrows the filter to the statuses that it fits, and counts those", () => {
    expect(bulkOf("retry", { selection, rows, filter: { queue: ["mail"] }, counts })).toMatchObject({
      what: { filter: { queue: ["mail"], status: ["FAILED", "FINISHED"] } },
      count: 430,
    });
    const failed = { status: ["FAILED" as const] };
    expect(bulkOf("delete", { selection, rows, filter: failed, counts })).toMatchObject({
      what: { filter: { status: ["FAILED"] } },
      count: 30,
    });
  });

  test("never goes to a filter without a status, which would be every task there is", () => {
    expect(bulkOf("cancel", { selection, rows, filter: { status: ["FAILED"] }, counts })).toBeNull();
    expect(bulkOf("cancel", { selection, rows, filter: null, counts: null })).toMatchObject({
      what: { filter: { status: ["QUEUEING", "RUNNING"] } },
      count: null,
    });
  });
});
