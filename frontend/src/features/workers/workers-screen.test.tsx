import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { renderPage } from "@/testing/render-page";
import { aTask, aWorker } from "@/testing/task-factory";

test("each worker shows what it runs and holds, and links to it", async () => {
  const task = aTask.running({ id: "t", name: "sleep" });
  renderPage("/workers", (server) => {
    server.workers = [
      aWorker({ slots: 2, current: 1, pending: 3, succeeded: 1284, tasks: [task] }),
      aWorker({ topic: "W2" }),
    ];
  });

  const row = await screen.findByRole("row", { name: /^W1/ });
  expect(row).toHaveTextContent("breeze · pid 4711readysleepidle1 of 23all1,2840");
  expect(screen.getByRole("link", { name: "sleep" })).toHaveAttribute("href", "/tasks/t");
  expect(screen.getByRole("row", { name: /^W2/ })).toHaveTextContent("idle0 of 10");
});

test("a slot is filled as far as its task says that it is", async () => {
  const tasks = [
    aTask.running({ name: "half", progress: { fraction: 0.509, message: "row 7" } }),
    aTask.running({ name: "told", progress: { fraction: null, message: "on its way" } }),
  ];
  renderPage("/workers", (server) => (server.workers = [aWorker({ slots: 2, current: 2, tasks })]));

  const [half, told] = within(await screen.findByRole("row", { name: /^W1/ })).getAllByRole("listitem");
  expect(half).toHaveTextContent(/^half50 %$/);
  expect(half!.style.getPropertyValue("--done")).toBe("0.509");
  expect(half).toHaveAttribute("title", "row 7");
  expect(told).toHaveTextContent(/^told$/);
  expect(told!.style.getPropertyValue("--done")).toBe("");
});

test("the load is followed as it changes", async () => {
  const { server } = renderPage("/workers", (server) => (server.workers = [aWorker()]));
  await screen.findByRole("row", { name: /^W1/ });

  server.change(() => (server.workers = [aWorker({ current: 1, state: "DRAINING" })]));

  await waitFor(() => expect(screen.getByRole("row", { name: /^W1/ })).toHaveTextContent("draining"));
});

test("without a worker the page says how to start one", async () => {
  renderPage("/workers");

  expect(await screen.findByText("./RUN.sh -w 2")).toBeVisible();
});

test("a worker is drained once one has confirmed it", async () => {
  const { server, user } = renderPage("/workers", (server) => (server.workers = [aWorker()]));

  await user.click(await screen.findByRole("button", { name: "Drain W1" }));
  const dialog = await screen.findByRole("alertdialog", { name: "Drain worker W1?" });
  expect(server.workers[0]).toMatchObject({ state: "READY" });
  await user.click(within(dialog).getByRole("button", { name: "Drain W1" }));

  expect(await screen.findByText("draining")).toBeVisible();
  await waitFor(() => expect(screen.queryByRole("button", { name: "Drain W1" })).toBeNull());
});

test("one that has ended stays while somebody reads, is told of as gone, and can't be drained", async () => {
  const { server } = renderPage("/workers", (server) => {
    server.workers = [aWorker(), aWorker({ topic: "W2" })];
  });
  await screen.findByRole("row", { name: /^W2/ });
  screen.getByRole("button", { name: "Drain W1" }).focus();

  server.change(() => server.workers.pop());

  await waitFor(() => expect(screen.getByRole("row", { name: /^W2/ })).toHaveTextContent("gone"));
  expect(screen.queryByRole("button", { name: "Drain W2" })).toBeNull();
});

test("a lost worker shows what it was running, and what became of each", async () => {
  const other = aWorker({ topic: "W2" });
  const lostTasks = [
    aTask.running({ id: "again", name: "sleep", kwargs: { seconds: 9 }, attempt: 2, worker: other }),
    aTask.finished({ id: "done", attempt: 2, worker: other }),
    aTask.failed({ id: "over", name: "primes", reason: "LOST", attempt: 3, tries: 0 }),
  ];
  const { server } = renderPage("/workers", (server) => {
    server.workers = [aWorker({ state: "LOST", lostTasks }), other, aWorker({ topic: "W3", state: "LOST" })];
  });

  const list = await screen.findByRole("list", { name: "What W1 was running" });
  expect(
    within(list)
      .getAllByRole("listitem")
      .map(({ textContent }) => textContent),
  ).toEqual([
    "RUNNINGsleep(seconds=9)on W2, attempt 2",
    "FINISHEDadd(a=1, b=2)attempt 2",
    "FAILEDprimes()lost, attempt 3",
  ]);
  expect(within(list).getByRole("link", { name: "add(a=1, b=2)" })).toHaveAttribute("href", "/tasks/done");
  expect(screen.queryByRole("list", { name: "What W3 was running" })).toBeNull();

  server.change(() => {
    lostTasks.push(...["a", "b", "c"].map((id) => aTask.queueing({ id, attempt: 1 })));
  });

  expect(await within(list).findByText("and more")).toBeVisible();
  expect(within(list).getAllByRole("link")).toHaveLength(5);
});

/** Workers W1 to W200, of which W1 and W150 are lost. */
function twoHundred() {
  return Array.from({ length: 200 }, (_, at) =>
    aWorker({ topic: `W${at + 1}`, state: at === 0 || at === 149 ? "LOST" : "READY" }),
  );
}

// Not by their roles: among so many rows that takes a second.
const rowOf = (topic: string) => screen.getByText(topic, { selector: "th .call-name" }).closest("tr")!;
const pages = () => within([...document.querySelectorAll<HTMLElement>("nav.pages")].at(-1)!);
const topics = () => [...document.querySelectorAll("th .call-name")].map(({ textContent }) => textContent);

test("of two hundred workers a page is shown, and the last is reached by mouse and by keyboard", async () => {
  const { user } = renderPage("/workers", (server) => (server.workers = twoHundred()));

  await screen.findByText("W2");
  expect(document.querySelectorAll("tr").length).toBeLessThan(150);
  expect(document.querySelector("table")).toHaveAttribute("aria-rowcount", "201");
  expect(topics()).toHaveLength(100);
  expect(topics()[0]).toBe("W2");
  expect(screen.getByText("200 workers, 2 of them lost and listed last")).toBeVisible();

  await user.click(pages().getByRole("link", { name: "Next 100" }));
  expect(location.search).toBe("?page=2");
  expect(document.querySelectorAll("tr").length).toBeLessThan(150);
  expect(topics().slice(-3)).toEqual(["W200", "W1", "W150"]);
  expect(rowOf("W150")).toHaveAttribute("aria-rowindex", "201");
  expect(document.querySelector("h1")).toHaveFocus();
  expect(pages().queryByRole("link", { name: /^Next/ })).toBeNull();

  await user.click(pages().getByRole("link", { name: "Previous 100" }));
  expect(location.search).toBe("");
  within(rowOf("W101")).getByRole("button").focus();
  await user.tab();
  expect(pages().getByRole("link", { name: "Next 100" })).toHaveFocus();
  await user.keyboard("{Enter}");
  await user.keyboard("j");
  expect(within(rowOf("W102")).getByRole("button")).toHaveFocus();
});

test("a change of the load leaves the reader's row, focus and page where they are", async () => {
  const { server } = renderPage("/workers?page=2", (server) => (server.workers = twoHundred()));
  await screen.findByText("W120");
  const drain = within(rowOf("W120")).getByRole("button");
  drain.focus();
  const before = topics();

  server.change(() => {
    server.workers = [aWorker({ topic: "W300" }), ...twoHundred().slice(60)];
    server.workers.forEach((worker) => (worker.pending = 7));
  });

  await waitFor(() => expect(rowOf("W120")).toHaveTextContent("0 of 17all"));
  expect(topics()).toEqual(before);
  expect(drain).toHaveFocus();
});

test("the ways to the other pages stand above the list as well, where there are any", async () => {
  const { server, user } = renderPage("/workers", (server) => (server.workers = twoHundred()));
  await screen.findByText("W2");
  const above = within(document.querySelector<HTMLElement>(".above-list")!);

  await user.click(above.getByRole("link", { name: "Next 100" }));

  expect(location.search).toBe("?page=2");
  expect(above.getByText("101 to 200 of 200")).toBeVisible();
  server.change(() => (server.workers = twoHundred().slice(0, 50)));
  await waitFor(() => expect(document.querySelector("nav.pages")).toBeNull());
});

test("a page beyond the last is the last", async () => {
  renderPage("/workers?page=9", (server) => (server.workers = twoHundred().slice(0, 120)));

  await screen.findByText("W120");
  expect(topics()).toHaveLength(20);
});
