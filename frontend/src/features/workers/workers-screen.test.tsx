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
