import { expect, test } from "vitest";
import { type SteadyRows, advance, swept } from "./use-steady-rows";

const keyOf = (row: string) => row.split(" ")[0]!;

const none: SteadyRows<string> = { place: "", answer: null, reading: false, rows: [] };

const listed = ({ rows }: SteadyRows<string>) => rows.map(({ row, left }) => (left ? `(${row})` : row));

test("rows stand as the server has them while nobody reads", () => {
  const before = advance(none, { answer: ["b 1"], reading: false, keyOf });

  const after = advance(before, { answer: ["a 1", "b 2"], reading: false, keyOf });

  expect(listed(after)).toEqual(["a 1", "b 2"]);
});

test("while somebody reads none moves: what is new comes last, what is gone stays and says so", () => {
  const before = advance(none, { answer: ["b 1", "d 1"], reading: true, keyOf });

  const after = advance(before, { answer: ["a 1", "b 2", "c 1"], reading: true, keyOf });

  expect(listed(after)).toEqual(["b 2", "(d 1)", "a 1", "c 1"]);
});

test("what is gone while nobody reads is grey before it goes, where it stood", () => {
  const before = advance(none, { answer: ["a 1", "b 1", "c 1"], reading: false, keyOf });

  const after = advance(before, { answer: ["a 1", "c 2"], reading: false, keyOf });

  expect(listed(after)).toEqual(["a 1", "(b 1)", "c 2"]);
  expect(listed(swept(after, "b", keyOf))).toEqual(["a 1", "c 2"]);
  expect(listed(swept(after, "c", keyOf))).toEqual(listed(after));
});

test("they fall in line once nobody reads any more", () => {
  const answer = ["a 1", "b 2"];
  const read = advance(advance(none, { answer: ["b 1"], reading: true, keyOf }), {
    answer,
    reading: true,
    keyOf,
  });

  expect(listed(advance(read, { answer, reading: false, keyOf }))).toEqual(["a 1", "b 2"]);
});

test("nothing new is nothing to paint", () => {
  const answer = ["a 1"];
  const shown = advance(none, { answer, reading: true, keyOf });

  expect(advance(shown, { answer, reading: true, keyOf })).toBe(shown);
});

test("another place in the list is shown as it is, whoever reads", () => {
  const before = advance(none, { answer: ["a 1", "b 1"], reading: true, keyOf, place: "first" });

  const after = advance(before, { answer: ["c 1", "b 2"], reading: true, keyOf, place: "second" });

  expect(listed(after)).toEqual(["c 1", "b 2"]);
});

test("a row that may stand on another page is neither gone nor followed by those that stand there now", () => {
  const before = advance(none, { answer: ["a 1", "b 1"], reading: false, keyOf });

  const after = advance(before, { answer: ["c 1", "b 2"], reading: true, keyOf, whole: false });

  expect(listed(after)).toEqual(["a 1", "b 2"]);
  expect(listed(advance(after, { answer: ["c 1", "b 2"], reading: false, keyOf, whole: false }))).toEqual([
    "c 1",
    "b 2",
  ]);
});
