import { describe, expect, test } from "vitest";
import { type Group, advance, emptyWindow, swept } from "./group-window";

const group = (key: string, count = 1) => ({ key, count }) as Group;
const keysOf = (window: typeof emptyWindow) => window.rows.map((row) => row.group.key);

describe("the rows of groups", () => {
  test("follow the server's order while nobody reads", () => {
    const before = advance(emptyWindow, [group("a"), group("b")], false);

    expect(keysOf(advance(before, [group("b"), group("c"), group("a")], false))).toEqual(["b", "c", "a"]);
  });

  test("change in place while somebody reads, and new kinds wait", () => {
    const before = advance(emptyWindow, [group("a"), group("b")], false);
    const after = advance(before, [group("b", 7), group("c")], true);

    expect(keysOf(after)).toEqual(["a", "b"]);
    expect(after.rows).toMatchObject([{ left: true }, { left: false, group: { count: 7 } }]);
    expect(after.waiting).toBe(1);
    expect(swept(after, "a")).toBe(after);
    const left = advance(after, [group("b", 7), group("c")], false);
    expect(left.rows.map((row) => row.left)).toEqual([true, false, false]);
    expect(keysOf(left)).toEqual(["a", "b", "c"]);
    expect(keysOf(swept(left, "a"))).toEqual(["b", "c"]);
  });

  test("are shown at once where there were none", () => {
    expect(keysOf(advance(emptyWindow, [group("a")], true))).toEqual(["a"]);
  });

  test("stay the same object as long as nothing happens", () => {
    const answer = [group("a")];
    const window = advance(emptyWindow, answer, true);

    expect(advance(window, answer, true)).toBe(window);
  });
});
