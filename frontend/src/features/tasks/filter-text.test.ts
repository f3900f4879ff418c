import { describe, expect, test } from "vitest";
import { filterOf, filterSearch, noFilter, queryFilter } from "./filter";
import { readText } from "./filter-text";

const NOW = Date.parse("2026-11-25T12:00:00Z");
const typed = (text: string) => readText(text, noFilter, { done: false, now: NOW });
const entered = (text: string) => readText(text, noFilter, { done: true, now: NOW });

describe("what is typed", () => {
  test("a word without a key is searched for", () => {
    expect(typed("quick fox")).toEqual({
      filter: noFilter,
      rest: "quick fox",
      search: "quick fox",
      error: null,
    });
  });

  test("a token becomes part of the filter once a space follows", () => {
    expect(typed("fox status:failed")).toMatchObject({
      filter: noFilter,
      rest: "fox status:failed",
      search: "fox",
    });
    expect(typed("fox status:failed ")).toMatchObject({
      filter: { status: ["FAILED"] },
      rest: "fox ",
      search: "fox",
    });
  });

  test("on Enter every token is whole", () => {
    expect(entered("queue:mail name:resize worker:w3 reason:timeout,lost")).toMatchObject({
      filter: { queue: ["mail"], name: ["resize"], worker: ["W3"], reason: ["TIMEOUT", "LOST"] },
      rest: "",
    });
  });

  test("a key without a value waits for one", () => {
    expect(entered("status:")).toMatchObject({ filter: noFilter, rest: "status:", search: "", error: null });
  });

  test("an unknown value stays and is explained", () => {
    expect(entered("status:sleeping")).toMatchObject({
      filter: noFilter,
      rest: "status:sleeping",
      search: "",
      error: "status: is one of queueing, running, failed, finished.",
    });
  });

  test("a colon without a known key is part of a word, as in an id", () => {
    expect(entered("order:2026").search).toBe("order:2026");
  });

  test("values of one key add up", () => {
    expect(entered("status:failed status:running,failed").filter.status).toEqual(["FAILED", "RUNNING"]);
  });
});

describe("created", () => {
  test.each([
    ["created:>-2h", "2026-11-25T10:00:00Z", null],
    ["created:-15m", "2026-11-25T11:45:00Z", null],
    ["created:<2d", null, "2026-11-23T12:00:00Z"],
  ])("%s is made absolute, so that a link shows the same later", (text, createdAfter, createdBefore) => {
    expect(entered(text).filter).toMatchObject({ createdAfter, createdBefore });
  });

  test("a day alone is that day in the reader's zone", () => {
    const { createdAfter, createdBefore } = entered("created:2026-11-25").filter;

    expect(new Date(createdAfter!).getTime()).toBe(new Date("2026-11-25T00:00").getTime());
    expect(new Date(createdBefore!).getTime()).toBe(new Date("2026-11-26T00:00").getTime());
  });

  test("what is no time is explained", () => {
    expect(entered("created:soon")).toMatchObject({ filter: noFilter, rest: "created:soon" });
    expect(entered("created:soon").error).toContain(">-2h");
  });
});

test("a filter survives the way into the URL and back", () => {
  const filter = entered(
    "status:failed reason:lost queue:mail name:a.b worker:W3 created:>-2h created:<-1h text",
  ).filter;
  const whole = { ...filter, search: "text" };
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(filterSearch(whole))) if (value) search.set(key, value);

  expect(filterOf(search)).toEqual(whole);
  expect(queryFilter(whole)).toEqual({
    status: ["FAILED"],
    reason: ["LOST"],
    queue: ["mail"],
    name: ["a.b"],
    worker: ["W3"],
    createdAfter: "2026-11-25T10:00:00Z",
    createdBefore: "2026-11-25T11:00:00Z",
    search: "text",
  });
});

test("nothing in the URL filters nothing", () => {
  expect(filterOf(new URLSearchParams("created=soon..&reason=bad"))).toEqual(noFilter);
  expect(queryFilter(noFilter)).toBeNull();
});
