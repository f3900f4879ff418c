import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, test } from "vitest";
import { exactNumber, parseJson } from "@/lib/json";
import { renderPage } from "@/testing/render-page";
import { aTask, aWorker, anAttempt } from "@/testing/task-factory";

describe("a task", () => {
  test("shows its error, arguments, attempts and traceback", async () => {
    const failed = {
      outcome: "FAILED",
      error: "Unlucky: no",
      traceback: "Traceback (most recent call last):\nUnlucky: no",
    };
    renderPage("/tasks/t", (server) => {
      server.tasks = [
        aTask.failed({
          id: "t",
          kwargs: { failure_rate: 1 },
          error: "Unlucky: no",
          attempts: [
            anAttempt({ ...failed, error: "Unlucky: the first" }),
            anAttempt({ ...failed, number: 2, worker: "W2" }),
          ],
        }),
      ];
    });

    expect(await screen.findByRole("heading", { level: 1, name: "flaky(failure_rate=1)" })).toBeVisible();
    expect(screen.getByRole("region", { name: "Error" })).toHaveTextContent("Unlucky: no");
    expect(screen.getByRole("region", { name: "Arguments" })).toHaveTextContent('{ "failure_rate": 1 }');
    const [newest, first] = screen.getAllByRole("listitem");
    expect(newest).toHaveTextContent("Attempt 2 on W2: failed");
    expect(within(newest!).getByRole("region", { name: "Traceback of attempt 2" })).toHaveTextContent(
      "Traceback",
    );
    expect(first).toHaveTextContent("Attempt 1 on W1: failed");
    expect(first).toHaveTextContent("Unlucky: the first");
  });

  test("shows its result with numbers as they are", async () => {
    renderPage("/tasks/t", (server) => {
      server.tasks = [
        aTask.finished({ id: "t", result: [exactNumber("12345678901234567890"), exactNumber("5.0")] }),
      ];
    });

    expect(await screen.findByRole("region", { name: "Result" })).toHaveTextContent(
      "[ 12345678901234567890, 5.0 ]",
    );
  });

  test("shows a result of null, and positional arguments beside named ones", async () => {
    renderPage("/tasks/t", (server) => {
      server.tasks = [aTask.finished({ id: "t", result: null, args: [1], kwargs: { b: 2 } })];
    });

    expect(await screen.findByRole("region", { name: "Result" })).toHaveTextContent("null");
    expect(screen.getByRole("region", { name: "Arguments" })).toHaveTextContent(
      '{ "args": [ 1 ], "kwargs": { "b": 2 } }',
    );
  });

  test("shows a long result cut, and the whole on demand", async () => {
    const { user } = renderPage("/tasks/t", (server) => {
      server.tasks = [aTask.finished({ id: "t", result: "x".repeat(50_000) })];
    });

    expect((await screen.findByRole("region", { name: "Result" })).textContent).toHaveLength(20_000);
    await user.click(screen.getByRole("button", { name: "Show all 50,002 characters" }));

    expect(screen.getByRole("region", { name: "Result" }).textContent).toHaveLength(50_002);
  });

  test("is followed to its end", async () => {
    const { server } = renderPage("/tasks/t", (server) => {
      server.workers = [aWorker()];
      server.tasks = [aTask.queueing({ id: "t" })];
    });
    expect(await screen.findByText("waits for a worker")).toBeVisible();

    server.change(() => (server.tasks = [aTask.finished({ id: "t", result: parseJson("3") })]));

    expect(await screen.findByRole("region", { name: "Result" })).toHaveTextContent("3");
    expect(screen.getByText("FINISHED")).toBeVisible();
  });

  test("says that it waits because no worker is running", async () => {
    renderPage("/tasks/t", (server) => (server.tasks = [aTask.queueing({ id: "t" })]));

    expect(await screen.findByText("waits: no worker is running")).toBeVisible();
  });

  test("says when it will start", async () => {
    renderPage("/tasks/t", (server) => {
      server.tasks = [aTask.queueing({ id: "t", runAfter: new Date(Date.now() + 90_500).toISOString() })];
    });

    expect(await screen.findByText(/^starts at/)).toHaveTextContent(/^starts at [\d: -]+, in (90|89) s$/);
  });

  test("with an odd id has a working link", async () => {
    const id = "order:2026.11_21-a";
    const { user } = renderPage("/", (server) => (server.tasks = [aTask.finished({ id })]));

    await user.click(await screen.findByRole("link", { name: /add/ }));

    expect(await screen.findByText(id)).toBeVisible();
    await waitFor(() => expect(document.title).toBe(`Task ${id} · Zonda`));
  });
});

test("an unknown task says so, and where to go", async () => {
  renderPage("/tasks/nope");

  expect(await screen.findByRole("alert")).toHaveTextContent(
    "There is no such task.No task has the id nope.",
  );
  expect(screen.getByRole("link", { name: "See all tasks" })).toHaveAttribute("href", "/");
});

test("an unknown page says so", () => {
  renderPage("/nowhere");

  expect(screen.getByRole("alert")).toHaveTextContent("Nothing is at /nowhere.");
});
