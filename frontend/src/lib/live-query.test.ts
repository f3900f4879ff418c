// @vitest-environment jsdom
import { beforeEach, describe, expect, test, vi } from "vitest";
import { Operation } from "./graphql";
import { LiveQuery, backOff } from "./live-query";
import { FakeServer } from "@/testing/fake-server";
import { setHidden } from "@/testing/render-page";
import { aTask, aWorker } from "@/testing/task-factory";

interface Names {
  workers: { topic: string }[];
}

const question = new Operation<Names, Record<string, never>>("{ workers { topic } }");
const one = new Operation<{ task: { status: string } | null }, { id: string }>(
  "query ($id: ID!) { task(id: $id) { status } }",
);

let server: FakeServer;

beforeEach(() => {
  vi.useFakeTimers();
  server = new FakeServer();
  server.workers = [aWorker()];
  vi.stubGlobal("fetch", server.handle);
  setHidden(false);
});

function watched() {
  const query = new LiveQuery(question);
  query.follow({});
  const leave = query.subscribe(() => {});
  return { query, leave };
}

describe("a live query", () => {
  test("asks at once and shows the answer", async () => {
    const { query, leave } = watched();

    expect(query.current().state.name).toBe("loading");
    await vi.advanceTimersByTimeAsync(10);

    expect(query.current()).toMatchObject({ data: { workers: [{ topic: "W1" }] }, state: { name: "live" } });
    leave();
  });

  test("then waits with the answer's ETag and shows a change when it comes", async () => {
    const { query, leave } = watched();
    await vi.advanceTimersByTimeAsync(300);

    expect(server.requests).toHaveLength(2);
    expect(server.requests[1]?.headers.get("Prefer")).toBe("wait=25");
    expect(server.requests[1]?.headers.get("If-None-Match")).toMatch(/^"/);
    server.change(() => server.workers.push(aWorker({ topic: "W2" })));
    await vi.advanceTimersByTimeAsync(10);

    expect(query.current().data?.workers).toHaveLength(2);
    leave();
  });

  test("learns the server's time from answers that were not held back: others tell when their wait began", async () => {
    const heard = vi.fn();
    const askServer = vi.fn().mockResolvedValue({ data: { workers: [] }, etag: '"1"', serverTime: 1_000 });
    const query = new LiveQuery(question, { heard, askServer });
    query.follow({});
    const leave = query.subscribe(() => {});
    await vi.advanceTimersByTimeAsync(600);

    expect(askServer.mock.calls.length).toBeGreaterThan(1);
    expect(heard.mock.calls).toEqual([[1_000]]);
    leave();
  });

  test("asks again when nothing changed before the deadline, and shows the same data", async () => {
    const { query, leave } = watched();
    await vi.advanceTimersByTimeAsync(300);
    const shown = query.current();

    await vi.advanceTimersByTimeAsync(25_500);

    expect(server.requests).toHaveLength(3);
    expect(query.current()).toBe(shown);
    leave();
  });

  test("asks at most four times a second however much happens", async () => {
    const { leave } = watched();
    for (let round = 0; round < 200; round += 1) {
      server.change(() => server.workers.push(aWorker({ topic: `W${round + 2}` })));
      await vi.advanceTimersByTimeAsync(10);
    }

    expect(server.requests.length).toBeLessThanOrEqual(9);
    leave();
  });

  test("keeps its data while the server is away, says since when, and recovers by itself", async () => {
    const { query, leave } = watched();
    await vi.advanceTimersByTimeAsync(300);
    const seenAt = Date.now();
    server.goAway();
    await vi.advanceTimersByTimeAsync(2_000);

    const state = query.current().state;
    expect(state).toMatchObject({ name: "reconnecting", failure: { kind: "unreachable" } });
    expect(query.current().data?.workers).toHaveLength(1);
    expect(state.name === "reconnecting" && seenAt - (state.seenAt ?? 0)).toBeLessThanOrEqual(300);

    server.mood = "well";
    server.workers = [];
    await vi.advanceTimersByTimeAsync(10_000);

    expect(query.current()).toMatchObject({ data: { workers: [] }, state: { name: "live" } });
    leave();
  });

  test("is live again though nothing has changed meanwhile", async () => {
    const { query, leave } = watched();
    await vi.advanceTimersByTimeAsync(300);
    server.goAway();
    await vi.advanceTimersByTimeAsync(1_000);
    server.mood = "well";
    await vi.advanceTimersByTimeAsync(5_000);

    expect(query.current().state.name).toBe("live");
    leave();
  });

  test("tries at once when told to", async () => {
    server.mood = "away";
    const { query, leave } = watched();
    await vi.advanceTimersByTimeAsync(20_000);
    server.mood = "well";
    query.retry();
    await vi.advanceTimersByTimeAsync(10);

    expect(query.current().state.name).toBe("live");
    leave();
  });

  test("waits no longer in a hidden tab, and looks again at once when it is shown", async () => {
    const { query, leave } = watched();
    await vi.advanceTimersByTimeAsync(300);
    setHidden(true);
    expect(query.current().state.name).toBe("resting");
    const before = server.requests.length;
    server.change(() => (server.workers = []));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(server.requests).toHaveLength(before);

    setHidden(false);
    await vi.advanceTimersByTimeAsync(10);

    expect(query.current()).toMatchObject({ data: { workers: [] }, state: { name: "live" } });
    leave();
  });

  test("asks nothing in a tab that was opened hidden, until it is shown", async () => {
    setHidden(true);
    const { leave } = watched();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(server.requests).toHaveLength(0);

    setHidden(false);
    await vi.advanceTimersByTimeAsync(10);

    expect(server.requests).toHaveLength(1);
    leave();
  });

  test("stops when nobody looks any more", async () => {
    const { leave } = watched();
    await vi.advanceTimersByTimeAsync(300);
    leave();
    const before = server.requests.length;

    await vi.advanceTimersByTimeAsync(60_000);

    expect(server.requests).toHaveLength(before);
  });

  test("keeps showing the old answer, marked as such, until other variables are answered", async () => {
    server.tasks = [aTask.finished({ id: "a" }), aTask.failed({ id: "b" })];
    const query = new LiveQuery(one);
    const leave = query.subscribe(() => {});
    query.follow({ id: "a" });
    await vi.advanceTimersByTimeAsync(10);
    query.follow({ id: "b" });

    expect(query.current()).toMatchObject({ data: { task: { status: "FINISHED" } }, of: { id: "a" } });
    await vi.advanceTimersByTimeAsync(10);

    expect(query.current()).toMatchObject({ data: { task: { status: "FAILED" } }, of: { id: "b" } });
    leave();
  });

  test("says that it is refused, and asks again only now and then", async () => {
    server.mood = "forbidden";
    const { query, leave } = watched();
    await vi.advanceTimersByTimeAsync(9_000);

    expect(query.current().state).toMatchObject({ name: "refused", failure: { code: "FORBIDDEN" } });
    expect(server.requests).toHaveLength(1);
    server.mood = "well";
    await vi.advanceTimersByTimeAsync(2_000);

    expect(query.current().state.name).toBe("live");
    leave();
  });

  test("takes an answer that is not GraphQL for a server that is not ready", async () => {
    vi.stubGlobal("fetch", () => Promise.resolve(new Response("<h1>Bad gateway</h1>", { status: 502 })));
    const { query, leave } = watched();
    await vi.advanceTimersByTimeAsync(10);

    expect(query.current().state).toMatchObject({
      name: "reconnecting",
      failure: { kind: "broken", status: 502 },
    });
    leave();
  });
});

describe("the back-off", () => {
  test("doubles up to ten seconds", () => {
    expect([1, 2, 3, 4, 5, 6, 20].map((failures) => backOff(failures, 1))).toEqual([
      500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000,
    ]);
  });

  test("is spread over its upper half", () => {
    expect(backOff(3, 0)).toBe(1_000);
    expect(backOff(3, 0.5)).toBe(1_500);
  });
});
