// @vitest-environment jsdom
import { beforeEach, describe, expect, test, vi } from "vitest";
import { FakeServer } from "@/testing/fake-server";
import { setHidden } from "@/testing/render-page";
import { Operation } from "./graphql";
import { TimedQuery } from "./timed-query";

interface Created {
  stats: { minutes: { created: number }[] };
}

const question = new Operation<Created, { minutes: number }>(
  "query ($minutes: Int!) { stats(minutes: $minutes) { minutes { created } } }",
);

let server: FakeServer;

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse("2026-11-21T12:00:20Z") });
  server = new FakeServer();
  vi.stubGlobal("fetch", server.handle);
  setHidden(false);
});

/** Followed for one minute of counts, and let answer once. */
async function watched(saved = 0) {
  const query = new TimedQuery(question, saved, () => 0);
  query.follow({ minutes: 1 });
  const leave = query.subscribe(() => {});
  await vi.advanceTimersByTimeAsync(10);
  return { query, leave };
}

describe("a timed query", () => {
  test("asks at once, without waiting, and shows the answer", async () => {
    const { query, leave } = await watched();

    expect(query.current()?.stats.minutes).toEqual([{ created: 0 }]);
    expect(server.requests[0]?.headers.get("Prefer")).toBeNull();
    leave();
  });

  test("asks again in the new minute, and then in the next", async () => {
    const { leave } = await watched();

    await vi.advanceTimersByTimeAsync(39_000);
    expect(server.requests).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(server.requests).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(server.requests).toHaveLength(3);
    leave();
  });

  test("asks at most every ten seconds however much changes", async () => {
    const { query, leave } = await watched();

    for (let change = 0; change < 90; change += 1) {
      query.touch();
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(server.requests).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(server.requests).toHaveLength(2);
    leave();
  });

  test("takes the turns that it has saved a second after each other, and is no more often there for it", async () => {
    const { query, leave } = await watched(2);

    const asked = [];
    for (let second = 0; second < 39; second += 1) {
      query.touch();
      await vi.advanceTimersByTimeAsync(1_000);
      asked.push(server.requests.length);
    }

    // At 0 s, and at 1 and 2 s with what was saved; each of the next 30 s after one of these.
    expect(asked.slice(0, 29)).toEqual([2, ...Array<number>(28).fill(3)]);
    expect(asked.slice(29)).toEqual([4, 5, ...Array<number>(8).fill(6)]);
    leave();
  });

  test("is not put off by changes while the answer is under way", async () => {
    const { query, leave } = await watched();
    server.mood = "slow";
    query.touch();
    await vi.advanceTimersByTimeAsync(10_000);
    query.touch();
    await vi.advanceTimersByTimeAsync(5_000);

    server.change(() => (server.mood = "well"));
    await vi.advanceTimersByTimeAsync(10);

    expect(server.requests).toHaveLength(2);
    leave();
  });

  test("asks at once with other variables, and keeps the old answer until then", async () => {
    const { query, leave } = await watched();

    query.follow({ minutes: 2 });
    expect(query.current()?.stats.minutes).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(10);

    expect(query.current()?.stats.minutes).toHaveLength(2);
    leave();
  });

  test.each([
    ["hidden", () => setHidden(true), () => setHidden(false)],
    [
      "held",
      (query: TimedQuery<Created, object>) => query.hold(true),
      (query: TimedQuery<Created, object>) => query.hold(false),
    ],
  ])("asks nothing while it is %s, and what it missed afterwards", async (_, rest, goOn) => {
    const { query, leave } = await watched();
    rest(query);
    query.touch();
    await vi.advanceTimersByTimeAsync(180_000);
    expect(server.requests).toHaveLength(1);

    goOn(query);
    await vi.advanceTimersByTimeAsync(10);

    expect(server.requests).toHaveLength(2);
    leave();
  });

  test("keeps the last answer while the server is away, and tries again later", async () => {
    const { query, leave } = await watched();
    server.goAway();
    query.touch();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(query.current()).not.toBeNull();

    server.mood = "well";
    query.touch();
    await vi.advanceTimersByTimeAsync(10_000);

    expect(server.requests).toHaveLength(3);
    leave();
  });

  test("asks nothing once nobody looks, and nothing without variables", async () => {
    const { query, leave } = await watched();
    leave();
    query.touch();
    await vi.advanceTimersByTimeAsync(120_000);
    expect(server.requests).toHaveLength(1);

    query.follow(null);
    query.subscribe(() => {})();
    const again = query.subscribe(() => {});
    await vi.advanceTimersByTimeAsync(120_000);
    expect(server.requests).toHaveLength(1);
    again();
  });
});
