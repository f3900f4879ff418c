import { expect, test } from "vitest";
import { misreadIn, noFilter } from "./filter";
import { isNewest, placeKey, placeOf, questionOf } from "./place";

const placeIn = (search: string) => placeOf(new URLSearchParams(search));

test("a place is read from the URL, in whatever case the status stands", () => {
  expect(placeIn("status=failed,RUNNING&after=c9")).toEqual({
    filter: { ...noFilter, status: ["RUNNING", "FAILED"] },
    after: "c9",
    before: null,
  });
});

test("an unknown status in the URL filters nothing", () => {
  expect(placeIn("status=sleeping").filter.status).toEqual([]);
});

test.each([
  ["status=faild,FAILED", ["status:faild"]],
  ["reason=luck&created=nonsense", ["reason:luck", "created:nonsense"]],
  ["created=2026-01-01T00:00:00Z..tomorrow", ["created:2026-01-01T00:00:00Z..tomorrow"]],
  ["status=queueing&reason=lost&created=..2026-01-01T00:00:00Z&queue=any&q=text", []],
  ["", []],
])("of %s what no filter can be is told", (search, misread) =>
  expect(misreadIn(new URLSearchParams(search))).toEqual(misread),
);

test("the newest page is the one without a cursor", () => {
  expect(isNewest(placeIn("status=failed"))).toBe(true);
  expect(isNewest(placeIn("before=c1"))).toBe(false);
});

test("the newest page asks for its first rows", () => {
  expect(questionOf(placeIn(""), null)).toEqual({
    first: 50,
    after: null,
    filter: null,
    holding: false,
  });
});

test("a page of newer tasks asks backwards", () => {
  expect(questionOf(placeIn("before=c1"), null)).toMatchObject({ last: 50, before: "c1" });
});

test("held rows hang below their top row and count what is above it", () => {
  expect(questionOf(placeIn("status=failed"), { top: "c7", second: "c6" })).toEqual({
    first: 49,
    after: "c7",
    filter: { status: ["FAILED"] },
    holding: true,
    topCursor: "c7",
    secondCursor: "c6",
  });
});

test("holding the newest page does not make it another place, a filter does", () => {
  const newest = placeKey(questionOf(placeIn(""), null));

  expect(placeKey(questionOf(placeIn(""), { top: "c7", second: "c6" }))).toBe(newest);
  expect(placeKey(questionOf(placeIn("status=failed"), null))).not.toBe(newest);
  expect(placeKey(questionOf(placeIn("after=c7"), null))).not.toBe(newest);
});
