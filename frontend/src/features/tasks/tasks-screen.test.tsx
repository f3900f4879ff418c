import { act, fireEvent, screen, waitFor, within } from "@testing-library/react";
import { describe, expect, test } from "vitest";
import { exactNumber } from "@/lib/json";
import { renderPage } from "@/testing/render-page";
import { aTask, aWorker } from "@/testing/task-factory";

const rowOf = async (text: string | RegExp) => (await screen.findByText(text)).closest("tr")!;
const shownCalls = () => [...document.querySelectorAll("tbody th")].map((cell) => cell.textContent);

describe("the list of tasks", () => {
  test("shows each status in words, with result, error and qualifier", async () => {
    renderPage("/", (server) => {
      server.workers = [aWorker()];
      server.tasks = [
        aTask.finished({ args: [1, 2], kwargs: {} }),
        aTask.failed({ kwargs: { failure_rate: 1 } }),
        aTask.running({ name: "sleep", kwargs: { seconds: 9 }, worker: aWorker() }),
        aTask.queueing({ name: "echo", kwargs: {} }),
      ];
    });

    expect(await rowOf("add")).toHaveTextContent("FINISHEDadd(1, 2)3");
    expect(await rowOf("flaky")).toHaveTextContent("Unlucky: flaky failed, as it does 100% of the time");
    expect(await rowOf("sleep")).toHaveTextContent("RUNNINGon W1sleep(seconds=9)");
    expect(await rowOf("echo")).toHaveTextContent("QUEUEINGwaits for a worker");
  });

  test("follows a task to its end without a reload", async () => {
    const { server } = renderPage("/", (server) => (server.tasks = [aTask.queueing({ id: "t" })]));
    expect(await rowOf("add")).toHaveTextContent("QUEUEING");

    server.change(() => (server.tasks = [aTask.finished({ id: "t" })]));

    await waitFor(() => expect(screen.getByRole("row", { name: /add/ })).toHaveTextContent("FINISHED"));
    expect(screen.getByRole("link", { name: /FINISHED/ })).toHaveTextContent("1");
  });

  test("shows exact numbers and markup as text", async () => {
    const text = "<img src=x onerror=alert(1)>";
    renderPage("/", (server) => {
      server.tasks = [
        aTask.finished({ name: text, kwargs: {}, result: [exactNumber("12345678901234567890"), text] }),
      ];
    });

    const row = await rowOf(text);
    expect(row.querySelector("img")).toBeNull();
    expect(row).toHaveTextContent(`[12345678901234567890, "${text}"]`);
  });

  test("filters by the tile that is clicked, in the URL, and back", async () => {
    const { user } = renderPage("/", (server) => (server.tasks = [aTask.finished(), aTask.failed()]));
    await rowOf("flaky");

    await user.click(screen.getByRole("link", { name: /FAILED/ }));
    await waitFor(() => expect(shownCalls()).toEqual(["flaky()"]));
    expect(location.search).toBe("?status=failed");

    await user.click(screen.getByRole("link", { name: /FAILED/ }));
    await waitFor(() => expect(shownCalls()).toHaveLength(2));
    expect(location.search).toBe("");
  });

  test("opens at the filter and page that a link names, and pages by cursor", async () => {
    const { user } = renderPage("/?status=finished", (server) => {
      server.tasks = Array.from({ length: 120 }, (_, n) => aTask.finished({ kwargs: { n } }));
    });
    await rowOf("(n=119)");
    expect(shownCalls()).toHaveLength(50);

    await user.click(screen.getByRole("link", { name: "Older" }));
    await rowOf("(n=69)");
    expect(location.search).toBe("?status=finished&after=c70");

    await user.click(screen.getByRole("link", { name: "Older" }));
    await rowOf("(n=19)");
    expect(screen.queryByRole("link", { name: "Older" })).toBeNull();

    await user.click(screen.getByRole("link", { name: "Newer" }));
    await rowOf("(n=20)");
    await user.click(screen.getByRole("link", { name: "Newest" }));
    await rowOf("(n=119)");
  });
});

describe("reading", () => {
  test("wins over updating: focused rows stay, new ones wait behind a button", async () => {
    const { server, user } = renderPage("/", (server) => {
      server.tasks = [aTask.queueing({ id: "old", kwargs: { n: 0 } })];
    });
    const row = await rowOf("(n=0)");
    act(() => within(row).getByRole("link").focus());

    server.change(() => {
      server.tasks[0] = aTask.finished({ id: "old", kwargs: { n: 0 } });
      server.tasks.push(aTask.queueing({ kwargs: { n: 1 } }), aTask.queueing({ kwargs: { n: 2 } }));
    });

    const button = await screen.findByRole("button", { name: "2 new tasks" });
    expect(shownCalls()).toEqual(["add(n=0)"]);
    expect(await rowOf("(n=0)")).toHaveTextContent("FINISHED");
    await user.click(button);
    await waitFor(() => expect(shownCalls()).toEqual(["add(n=2)", "add(n=1)", "add(n=0)"]));
    expect(screen.queryByRole("button", { name: /new task/ })).toBeNull();
  });

  test("a row that leaves the filter stays where it is read", async () => {
    const { server } = renderPage("/?status=queueing", (server) => {
      server.tasks = [
        aTask.queueing({ id: "a", kwargs: { n: 0 } }),
        aTask.queueing({ id: "b", kwargs: { n: 1 } }),
      ];
    });
    const row = await rowOf("(n=1)");
    act(() => within(row).getByRole("link").focus());

    server.change(() => (server.tasks[0] = aTask.finished({ id: "a", kwargs: { n: 0 } })));

    await waitFor(async () => expect(await rowOf("(n=0)")).toHaveTextContent("no longer in this list"));
    expect(shownCalls()).toEqual(["add(n=1)", "add(n=0)"]);
  });

  test("new rows appear directly at the top when nobody reads", async () => {
    const { server } = renderPage("/", (server) => (server.tasks = [aTask.queueing({ kwargs: { n: 0 } })]));
    await rowOf("(n=0)");

    server.change(() => server.tasks.push(aTask.queueing({ kwargs: { n: 1 } })));

    await waitFor(() => expect(shownCalls()).toEqual(["add(n=1)", "add(n=0)"]));
  });

  test("is also scrolling down", async () => {
    const { server } = renderPage("/", (server) => (server.tasks = [aTask.queueing()]));
    await rowOf("add");
    Object.defineProperty(globalThis, "scrollY", { configurable: true, value: 400 });
    fireEvent.scroll(window);

    server.change(() => server.tasks.push(aTask.queueing()));

    expect(await screen.findByRole("button", { name: "1 new task" })).toBeVisible();
    Object.defineProperty(globalThis, "scrollY", { configurable: true, value: 0 });
    fireEvent.scroll(window);
    await waitFor(() => expect(shownCalls()).toHaveLength(2));
  });
});

describe("an empty list", () => {
  test("teaches how to create a first task", async () => {
    const { user } = renderPage("/", (server) => (server.workers = [aWorker()]));

    await user.click(await screen.findByRole("link", { name: /Create a first task/ }));

    expect(await screen.findByRole("dialog", { name: "Create task" })).toBeVisible();
    expect(location.search).toBe("?create=add");
    expect(screen.queryByText(/No worker is running/)).toBeNull();
  });

  test("says how to start a worker when there is none", async () => {
    renderPage("/");

    expect(await screen.findByText("./RUN.sh -w 1")).toBeVisible();
  });

  test("says that the filter matches nothing, and how to leave it", async () => {
    renderPage("/?status=running", (server) => (server.tasks = [aTask.finished()]));

    expect(await screen.findByText("No task is RUNNING now.")).toBeVisible();
    expect(screen.getByRole("link", { name: "Show every status" })).toHaveAttribute("href", "/");
  });
});

describe("a server that fails", () => {
  test("keeps old data on screen with its time, and recovers by itself", async () => {
    const { server } = renderPage("/", (server) => (server.tasks = [aTask.running({ id: "t" })]));
    await rowOf("add");

    server.goAway();
    expect(await screen.findByText(/^Reconnecting, showing \d\d:\d\d:\d\d$/)).toBeVisible();
    expect(shownCalls()).toHaveLength(1);

    server.tasks = [aTask.finished({ id: "t" })];
    server.mood = "well";
    expect(await screen.findByText("Live", {}, { timeout: 3_000 })).toBeVisible();
    expect(await rowOf("add")).toHaveTextContent("FINISHED");
  });

  test("says what to do when it was never there", async () => {
    renderPage("/", (server) => (server.mood = "away"));

    expect(await screen.findByRole("alert")).toHaveTextContent("The server does not answer.");
  });

  test("says what to do when it does not serve this host", async () => {
    renderPage("/", (server) => (server.mood = "forbidden"));

    expect(await screen.findByRole("alert")).toHaveTextContent("ZONDA_ALLOWED_HOSTS");
  });
});
