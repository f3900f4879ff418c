import { screen, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { renderPage } from "@/testing/render-page";
import { aTask } from "@/testing/task-factory";

test.each([
  ["/", "Show the cancel of add as a call", aTask.queueing({ id: "t" }), "CancelTasks"],
  ["/", "Show the retry of flaky as a call", aTask.failed({ id: "t" }), "RetryTasks"],
  ["/tasks/t", "Show as a call", aTask.running({ id: "t" }), "CancelTasks"],
  ["/tasks/t", "Show as a call", aTask.failed({ id: "t" }), "RetryTasks"],
])(
  "at %s “%s” shows what the button beside it sends, and sends nothing",
  async (path, button, task, sent) => {
    const { server, user } = renderPage(path, (server) => (server.tasks = [task]));

    await user.click(await screen.findByRole("button", { name: button }));

    const dialog = await screen.findByRole("dialog", { name: /as a call$/ });
    expect(within(dialog).getByLabelText("operation")).toHaveTextContent(`mutation ${sent}(`);
    expect(within(dialog).getByLabelText("variables")).toHaveTextContent('{ "ids": [ "t" ] }');
    await user.click(within(dialog).getByRole("tab", { name: "curl" }));
    expect(within(dialog).getByLabelText("command")).toHaveTextContent(`mutation ${sent}`);
    await user.click(within(dialog).getByRole("button", { name: "Close" }));
    expect(screen.queryByRole("dialog")).toBeNull();
    expect(server.tasks[0]!.status).toBe(task.status);
  },
);

test("a task that waits for a further attempt says so where others say how long they ran", async () => {
  renderPage("/", (server) => {
    server.tasks = [
      aTask.queueing({ attempt: 1, tries: 1, maxAttempts: 3, startedAt: "2026-11-21T12:00:00.000Z" }),
    ];
  });

  expect(await screen.findByText("waits again")).toBeVisible();
  expect(screen.getByRole("cell", { name: "2 of 3" })).toBeVisible();
});
