// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { FakeBrowser } from "@/testing/fake-browser";
import { FakeServer } from "@/testing/fake-server";
import { setHidden } from "@/testing/render-page";
import { aWorker } from "@/testing/task-factory";
import { Operation } from "./graphql";
import { LiveQuery } from "./live-query";
import { SharedWaiting, askOf } from "./shared-waiting";
import { MOST_WAITING } from "./wait-holder";

interface Names {
  workers: { topic: string }[];
}

/** A question of its own for each number. */
const question = (number: number) =>
  new Operation<Names, Record<string, never>>(`query Number${number} { workers { topic } }`);

let server: FakeServer;
let browser: FakeBrowser;
let tabs: Tab[];
let waiting: number;
let mostWaiting: number;

beforeEach(() => {
  vi.useFakeTimers();
  setHidden(false);
  server = new FakeServer();
  server.workers = [aWorker()];
  browser = new FakeBrowser();
  tabs = [];
  waiting = mostWaiting = 0;
  vi.stubGlobal("fetch", (address: string, init: RequestInit) => {
    const answered = server.handle(address, init);
    if (!new Headers(init.headers).has("Prefer")) return answered;
    mostWaiting = Math.max(mostWaiting, ++waiting);
    let open = true;
    const end = () => {
      if (open) waiting -= 1;
      open = false;
    };
    init.signal?.addEventListener("abort", end);
    return answered.finally(end);
  });
});

afterEach(() => tabs.forEach((tab) => tab.close()));

/** A tab that follows one question. */
class Tab {
  readonly way = browser.openTab();
  private readonly shared = new SharedWaiting(this.way);
  private readonly query: LiveQuery<Names, Record<string, never>>;
  private readonly stop: () => void;

  constructor(operation: Operation<Names, Record<string, never>>) {
    this.query = new LiveQuery(operation, { askServer: this.shared.ask });
    this.query.follow({});
    this.stop = this.query.subscribe(() => {});
  }

  get workers() {
    return this.query.current().data?.workers.length;
  }

  get state() {
    return this.query.current().state.name;
  }

  close(): void {
    this.stop();
    this.shared.leave();
  }
}

function openTabs(count: number, of: (index: number) => number = () => 1): void {
  for (let index = 0; index < count; index += 1) tabs.push(new Tab(question(of(index))));
}

const workersSeen = () => tabs.map((tab) => tab.workers);
const states = () => tabs.map((tab) => tab.state);

const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds);

const aChange = () =>
  server.change(() => server.workers.push(aWorker({ topic: `W${server.workers.length + 1}` })));

describe("the tabs of one browser", () => {
  test("ask the same question once, and all hear of a change at once", async () => {
    openTabs(8);
    await pass(600);
    expect(waiting).toBe(1);

    aChange();
    await pass(10);

    expect(workersSeen()).toEqual(Array(8).fill(2));
    expect(mostWaiting).toBe(1);
  });

  test("ask no more of the server under a flood than one tab does", async () => {
    openTabs(8);
    await pass(1_000);
    const before = server.requests.length;
    for (let round = 0; round < 200; round += 1) {
      aChange();
      await pass(10);
    }

    expect(server.requests.length - before).toBeLessThanOrEqual(9);
    await pass(300);
    expect(workersSeen()).toEqual(Array(8).fill(201));
  });

  test("wait for each question by itself while there is room", async () => {
    openTabs(MOST_WAITING, (index) => index);
    await pass(600);
    const before = server.requests.length;

    await pass(20_000);

    expect(waiting).toBe(MOST_WAITING);
    expect(server.requests).toHaveLength(before);
  });

  test("take turns with more questions than may wait, and each is heard within two seconds", async () => {
    openTabs(8, (index) => index);
    await pass(5_000);
    expect(states()).toEqual(Array(8).fill("live"));

    aChange();
    await pass(2_000);

    expect(workersSeen()).toEqual(Array(8).fill(2));
    expect(mostWaiting).toBe(MOST_WAITING);
  });

  test("give one question more room though the others have just begun to wait", async () => {
    openTabs(MOST_WAITING, (index) => index);
    await pass(1_000);
    tabs.push(new Tab(question(MOST_WAITING)));
    await pass(1_500);

    aChange();
    await pass(1_500);

    expect(tabs.at(-1)?.workers).toBe(2);
  });

  test("wait long again once those in excess are gone", async () => {
    openTabs(MOST_WAITING + 1, (index) => index);
    await pass(5_000);
    tabs[0]!.close();
    await pass(5_000);
    const before = server.requests.length;

    await pass(15_000);

    expect(server.requests).toHaveLength(before);
    expect(waiting).toBe(MOST_WAITING);
  });

  test.each([0, 7])("go on when tab %i leaves", async (leaving) => {
    openTabs(8);
    await pass(600);
    const [left] = tabs.splice(leaving, 1);
    left!.close();
    await pass(10);
    expect(waiting).toBe(1);

    aChange();
    await pass(300);

    expect(workersSeen()).toEqual(Array(7).fill(2));
    expect(left!.workers).toBe(1);
  });

  test("take over from one that is stuck, however it came to be so", async () => {
    openTabs(3);
    await pass(600);
    tabs[0]!.way.stuck = true;
    await pass(5_000);
    aChange();
    await pass(300);
    expect(workersSeen()).toEqual([1, 2, 2]);

    tabs[0]!.way.stuck = false;
    await pass(2_000);
    expect(workersSeen()).toEqual([2, 2, 2]);
    expect(waiting).toBe(1);
  });

  test("ask together though they learned of a change one after the other", async () => {
    openTabs(1);
    await pass(600);
    aChange();
    openTabs(1);
    await pass(600);

    expect(waiting).toBe(1);
    expect(workersSeen()).toEqual([2, 2]);
  });

  test("all say so when the server is away, and all recover", async () => {
    openTabs(3);
    await pass(600);
    server.goAway();
    await pass(100);
    expect(states()).toEqual(Array(3).fill("reconnecting"));

    server.mood = "well";
    await pass(10_000);

    expect(states()).toEqual(Array(3).fill("live"));
    expect(waiting).toBe(1);
  });

  test("wait each for itself where the browser gives no locks", async () => {
    browser.refusal = new DOMException("Not in here.", "SecurityError");
    openTabs(2);
    await pass(3_000);
    expect(waiting).toBe(2);

    aChange();
    await pass(300);

    expect(workersSeen()).toEqual([2, 2]);
  });
});

test("a browser without locks asks as before", async () => {
  const { ask } = await import("./graphql");
  expect(askOf(window)).toBe(ask);
});
