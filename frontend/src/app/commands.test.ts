// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { allCommands, commandsFor } from "./commands";

const setTheme = vi.fn();
const setDensity = vi.fn();
const setKeysAct = vi.fn();

const situation = {
  choices: {
    taskTypes: [
      { name: "word_count", path: "demo.word_count", description: "How often each word stands.\nMore." },
      { name: "add", path: "demo.add", description: "" },
      { name: "add", path: "shop.add", description: "" },
    ],
    queues: [{ name: "mail" }, { name: "a/b&c" }],
    workers: [{ topic: "W7", name: "blue", host: "breeze", state: "READY" as const }],
  },
  paused: false,
  keysAct: true,
  setTheme,
  setDensity,
  setKeysAct,
};
const groups = allCommands(situation);

const found = (typed: string) =>
  commandsFor(typed, groups).flatMap(({ items }) => items.map(({ label }) => label));
const run = (typed: string) => commandsFor(typed, groups)[0]!.items[0]!.run();
const place = () => location.pathname + location.search;

beforeEach(() => history.replaceState(null, "", "/workers"));
afterEach(() => vi.clearAllMocks());

describe("commands are found", () => {
  test.each([
    ["fail", ["Failures", "Tasks that are FAILED", "Open task fail"]],
    ["w7 wor", ["Tasks of worker W7"]],
    ["often", ["Create word_count", "Open task often"]],
    ["count", ["Create word_count", "Open task count"]],
    ["orker", ["Open task orker"]],
    ["ail ?", []],
    ["THEME dark", ["Theme: dark"]],
  ])("by the beginnings of words: %s", (typed, labels) => expect(found(typed)).toEqual(labels));

  test("all of them where nothing is typed, but only those that do something here", () => {
    expect(found("")).toContain("Tasks");
    expect(found("  ")).toContain("Create shop.add");
    expect(found("")).not.toContain("Show what is new");
    expect(found("")).not.toContain("Open task ");
  });

  test.each([
    ["0198c0de-7000-7000-8000-000000000001", "/tasks/0198c0de-7000-7000-8000-000000000001"],
    ["  0198c0de-7000-7000-8000-000000000001\t", "/tasks/0198c0de-7000-7000-8000-000000000001"],
    ["http://127.0.0.1:8000/tasks/my%3Aown?x=1#y", "/tasks/my%3Aown"],
  ])("a task first by what was pasted: %s", (pasted, path) => {
    run(pasted);
    expect(place()).toBe(path);
  });

  test.each(["../etc", "a b", "http://x/tasks/%E0%A4%A", "é"])("no task by %s, which is no id", (typed) =>
    expect(found(typed).filter((label) => label.startsWith("Open task"))).toEqual([]),
  );
});

describe("a command", () => {
  test.each([
    ["queues", "/queues"],
    ["create word", "/workers?create=word_count"],
    ["create shop", "/workers?create=shop.add"],
    ["queue mail", "/?queue=mail"],
    ["queue c", "/?queue=a%2Fb%26c"],
    ["that are failed", "/?status=failed"],
    ["blue", "/?worker=W7"],
    ["sort ended latest", "/?sort=ended"],
  ])("%s goes to %s", (typed, address) => {
    run(typed);
    expect(place()).toBe(address);
  });

  test("sorts the list that is there, and no search", () => {
    history.replaceState(null, "", "/?status=failed&after=c7");
    run("sort priority lowest");
    expect(place()).toBe("/?status=failed&sort=priority:asc");

    history.replaceState(null, "", "/?q=text");
    expect(
      allCommands({ ...situation, choices: null }).find(({ label }) => label === "Sort tasks")?.items,
    ).toEqual([]);
  });

  test("sets what this browser remembers", () => {
    run("theme dark");
    expect(setTheme).toHaveBeenCalledWith("dark");
    run("rows dense");
    expect(setDensity).toHaveBeenCalledWith("dense");
    run("single keys off");
    expect(setKeysAct).toHaveBeenCalledWith(false);
  });
});
