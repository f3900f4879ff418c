import { expect, test } from "vitest";
import { isEmpty, isSelected, noSelection, selectedEverything, selectedPage, toggled } from "./selection";

const rows = ["a", "b", "c", "d"];
const toggle = (selection: typeof noSelection, id: string, range = false, key = "here") =>
  toggled(selection, { key, id, rows, range });
const idsOf = (selection: typeof noSelection) => rows.filter((id) => selection.ids.has(id));

test("a row is selected and given back", () => {
  const one = toggle(noSelection, "b");

  expect(idsOf(one)).toEqual(["b"]);
  expect(isEmpty(toggle(one, "b"))).toBe(true);
});

test("with Shift all rows since the last one follow it, in either direction", () => {
  expect(idsOf(toggle(toggle(noSelection, "b"), "d", true))).toEqual(["b", "c", "d"]);
  expect(idsOf(toggle(toggle(noSelection, "c"), "a", true))).toEqual(["a", "b", "c"]);
  expect(idsOf(toggle(noSelection, "c", true))).toEqual(["c"]);
});

test("everything is also what is not on screen; without one row it is the others on screen", () => {
  const everything = selectedEverything("here", rows);

  expect(isSelected(everything, "elsewhere")).toBe(true);
  expect(toggle(everything, "b")).toMatchObject({ everything: false });
  expect(idsOf(toggle(everything, "b"))).toEqual(["a", "c", "d"]);
});

test("another place begins without a selection", () => {
  expect(idsOf(toggle(selectedPage("here", rows), "b", false, "there"))).toEqual(["b"]);
});
