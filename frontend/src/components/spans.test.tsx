import { expect, test } from "vitest";
import { render, screen } from "@testing-library/react";
import { at } from "@/testing/task-factory";
import { Waited } from "./spans";

type Times = Partial<Record<"runAfter" | "firstStartedAt" | "startedAt" | "finishedAt", string>>;

function waited(times: Times): string | null {
  const task = { createdAt: at(0), runAfter: null, firstStartedAt: null, startedAt: null, finishedAt: null };
  render(
    <p role="status">
      <Waited task={{ status: "QUEUEING", ...task, ...times }} />
    </p>,
  );
  return screen.getByRole("status").textContent;
}

const NEVER = "2999-01-01T00:00:00Z";

test("a task that is tried again has waited until it first started", () => {
  expect(waited({ firstStartedAt: at(2), startedAt: at(300), finishedAt: at(301) })).toBe("2.0 s");
});

test("one that waits for its next attempt, or was asked for again, has waited no longer", () => {
  expect(waited({ firstStartedAt: at(2) })).toBe("2.0 s");
});

test("one that was to start later has waited from that time", () => {
  expect(waited({ runAfter: at(60), firstStartedAt: at(61.5) })).toBe("1.5 s");
});

test("one that was to start before it was created has waited from its creation", () => {
  expect(waited({ runAfter: at(-60), firstStartedAt: at(1.5) })).toBe("1.5 s");
});

test("one that never started has waited until it ended", () => {
  expect(waited({ finishedAt: at(40) })).toBe("40 s");
});

test("one whose time has not come does not wait", () => {
  expect(waited({ runAfter: NEVER })).toBe("–");
});

test("one that ended before its time did not wait", () => {
  expect(waited({ runAfter: at(60), finishedAt: at(40) })).toBe("–");
});
