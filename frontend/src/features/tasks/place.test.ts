import { expect, test } from "vitest";
import { unknownIn } from "@/lib/address";
import { misreadIn, noFilter } from "./filter";
import { newestFirst, queryOrder, taskOrders } from "./order";
import { PARAMETERS, isFirst, placeKey, placeOf, questionOf } from "./place";

const placeIn = (search: string) => placeOf(new URLSearchParams(search));

test("a place is read from the URL, in whatever case the status stands", () => {
  expect(placeIn("status=failed,RUNNING&after=c9")).toEqual({
    filter: { ...noFilter, status: ["RUNNING", "FAILED"] },
    order: newestFirst,
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

test.each([
  ["filter=status:failed&queue=mail", ["filter=status:failed"]],
  ["statuses=failed&Queue=mail", ["statuses=failed", "Queue=mail"]],
  ["status=failed&reason=lost&queue=a&name=b&worker=W1&failure=k&created=..&q=t&sort=started&after=c", []],
  ["before=c&chart=1h&create=add&from=t", []],
  ["status=failed&status=queueing&q=a&q=b", ["status=queueing", "q=b"]],
])("of %s what the screen does not know is told", (search, unknown) =>
  expect(unknownIn(new URLSearchParams(search), PARAMETERS)).toEqual(unknown),
);

test("the first page is the one without a cursor", () => {
  expect(isFirst(placeIn("status=failed"))).toBe(true);
  expect(isFirst(placeIn("before=c1"))).toBe(false);
});

test("the first page asks for its first rows", () => {
  expect(questionOf(placeIn(""), null)).toEqual({
    first: 50,
    after: null,
    filter: null,
    orderBy: null,
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
    orderBy: null,
    holding: true,
    topCursor: "c7",
    secondCursor: "c6",
  });
});

test("holding the first page does not make it another place, a filter does", () => {
  const newest = placeKey(questionOf(placeIn(""), null));

  expect(placeKey(questionOf(placeIn(""), { top: "c7", second: "c6" }))).toBe(newest);
  expect(placeKey(questionOf(placeIn("status=failed"), null))).not.toBe(newest);
  expect(placeKey(questionOf(placeIn("after=c7"), null))).not.toBe(newest);
});

test.each(taskOrders.all)("the order $field, descending $descending, lives in the URL", (order) => {
  const { sort } = taskOrders.search(order);
  const place = placeIn(sort ? `sort=${sort}` : "");

  expect(place.order).toEqual(order);
  expect(questionOf(place, null).orderBy).toEqual(queryOrder(order));
});

test("another order is another place, and begins at its first page", () => {
  const started = { field: "STARTED", descending: true } as const;

  expect(placeKey(questionOf(placeIn("sort=started"), null))).not.toBe(
    placeKey(questionOf(placeIn(""), null)),
  );
  expect(taskOrders.search(started)).toEqual({ sort: "started", after: null, before: null });
});

test("a search has the order of creation, whatever the URL says", () => {
  expect(placeIn("q=text&sort=priority:asc").order).toEqual(newestFirst);
});

test.each([
  ["sort=luck", ["sort:luck"]],
  ["sort=created:asc", []],
  [`sort=${taskOrders.written(newestFirst)}`, []],
  ["", []],
])("of %s what no order can be is told", (search, misread) =>
  expect(taskOrders.misread(new URLSearchParams(search))).toEqual(misread),
);
