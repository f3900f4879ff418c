import { type Page, expect } from "@playwright/test";
import { api, createMany, created, heldQueue, ownQueue } from "./api";
import { rowOf, test } from "./page";

const live = (page: Page) => expect(page.getByText("Live", { exact: true })).toBeVisible();

test("a running task is cancelled, and ends before its time", async ({ page, request }) => {
  const id = await created(request, "sleep", { seconds: 120 });
  await page.goto(`/tasks/${id}`);
  await expect(page.getByText("RUNNING", { exact: true })).toBeVisible();

  await page.keyboard.press("x");

  await expect(page.getByText("FAILED", { exact: true })).toBeVisible();
  await expect(page.locator(".task-state")).toContainText("cancelled");
  await expect(page.getByRole("heading", { name: /^Attempt 1 on W\d+: cancelled$/ })).toBeVisible();
  await expect(page.getByRole("button", { name: "Cancel", exact: true })).toHaveCount(0);
});

test("a failed task is retried from its row: a second attempt on the same task", async ({
  page,
  request,
}) => {
  const queue = ownQueue("retry");
  const id = await created(request, "flaky", { failure_rate: 1 }, queue);
  await page.goto(`/?queue=${queue}`);
  const row = rowOf(page, "flaky(failure_rate=1)");
  await expect(row).toContainText("FAILED");

  await row.hover();
  await row.getByRole("button", { name: "Retry flaky" }).click();

  await expect(page.locator(".notice")).toContainText("Retried 1 task.");
  await page.goto(`/tasks/${id}`);
  await expect(page.getByRole("heading", { name: /^Attempt 2 on W\d+: failed$/ })).toBeVisible();
  await expect(page.getByText("after somebody retried it")).toBeVisible();
  await expect(page.locator(".events").getByText(/^retried/)).toBeVisible();
});

test("a task runs again with changes, from a form that is filled in", async ({ page, request }) => {
  const id = await created(request, "divide", { a: 1, b: 0 });
  await page.goto(`/tasks/${id}`);
  await page.getByRole("link", { name: "Run again with changes" }).click();
  await expect(page.getByRole("textbox", { name: /^a\b/ })).toHaveValue("1");

  await page.getByRole("textbox", { name: /^b\b/ }).fill("4");
  await page.getByRole("button", { name: "Create and open" }).click();

  await expect(page.getByRole("region", { name: "Result" })).toHaveText("0.25");
  await expect(page).not.toHaveURL(new RegExp(id));
});

test("a task is deleted only once one has confirmed it", async ({ page, request }) => {
  const id = await created(request, "add", { a: 1, b: 2 });
  await page.goto(`/tasks/${id}`);
  await page.getByRole("button", { name: "Delete" }).click();
  const dialog = page.getByRole("alertdialog", { name: "Delete this task?" });
  await dialog.getByRole("button", { name: "Leave it" }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByRole("button", { name: "Delete" })).toBeFocused();

  await page.keyboard.press("Enter");
  await expect(dialog.getByRole("button", { name: "Delete" })).toBeFocused();
  await page.keyboard.press("Enter");

  await expect(page.locator(".notice")).toContainText("Deleted 1 task.");
  await expect(page).toHaveURL(/\/$/);
  await page.goto(`/tasks/${id}`);
  await expect(page.getByRole("alert")).toContainText("There is no such task.");
});

test("all that a filter matches is deleted at once, and nothing else", async ({ page, request }) => {
  const queue = ownQueue("bulk");
  const tasks = Array.from({ length: 60 }, (_, a) => ({ name: "add", kwargs: { a, b: 1 }, queue }));
  await api(request, "mutation ($tasks: [TaskInput!]!) { createTasks(tasks: $tasks) { created } }", {
    tasks,
  });
  const kept = await created(request, "add", { a: 1, b: 2 });
  await page.goto(`/?status=finished&queue=${queue}`);
  await expect(page.getByRole("link", { name: "Older" })).toBeVisible();
  await expect(page.getByRole("row")).toHaveCount(51);
  await expect
    .poll(
      () =>
        api<{ tasks: { counts: { finished: number } } }>(
          request,
          "query ($queue: String!) { tasks(filter: {queue: [$queue]}) { counts { finished } } }",
          { queue },
        ).then(({ tasks: { counts } }) => counts.finished),
      { timeout: 30_000 },
    )
    .toBe(60);

  await page.getByRole("checkbox", { name: "Select every row on this page" }).check();
  await page.getByRole("button", { name: "Select all 60 that match" }).click();
  await page.getByRole("button", { name: "Delete 60" }).click();
  const dialog = page.getByRole("alertdialog", { name: "Delete 60 tasks?" });
  await expect(dialog).toContainText("and 55 more");
  await dialog.getByRole("button", { name: "Delete 60 tasks" }).click();

  await expect(page.locator(".notice")).toContainText("Deleted 60 tasks.");
  await expect(page.getByText("No task fits everything that is asked for.")).toBeVisible();
  expect(await api(request, "query ($id: ID!) { task(id: $id) { id } }", { id: kept })).toMatchObject({
    task: { id: kept },
  });
});

test("a paused queue says so beside what waits in it, and goes on when it is resumed", async ({
  page,
  request,
}) => {
  const queue = ownQueue("pause");
  await created(request, "add", { a: 1, b: 1 }, queue);
  await page.goto("/queues");
  const row = page.getByRole("row", { name: new RegExp(`^${queue}`) });
  await row.getByRole("button", { name: `Pause ${queue}` }).click();
  await page.getByRole("textbox", { name: "Reason" }).fill("moving house");
  await page.keyboard.press("Enter");
  await expect(row).toContainText("moving house");

  const id = await created(request, "add", { a: 20, b: 22 }, queue);
  await expect(row.getByRole("link", { name: "1", exact: true })).toBeVisible();
  await page.goto(`/tasks/${id}`);
  await expect(page.locator(".task-waiting")).toContainText("moving house");
  await page.goto("/queues");
  await row.getByRole("button", { name: `Resume ${queue}` }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Resume" }).click();
  await expect(row).toContainText("open");
  await page.goto(`/tasks/${id}`);
  await expect(page.getByRole("region", { name: "Result" })).toHaveText("42");
});

test("progress and log are followed while a task runs", async ({ page, request }) => {
  const { queue, letGo } = await heldQueue(request, "followed");
  const id = await created(request, "count_to", { n: 40, pause: 0.1 }, queue);
  await page.goto(`/tasks/${id}`);
  await live(page);
  await letGo();

  const log = page.getByRole("region", { name: "Log of attempt 1" });
  await expect(log).toContainText("3 of 40");
  await expect(page.getByRole("progressbar", { name: "Progress" })).toBeVisible();
  await expect(log).toContainText("40 of 40");
  await expect(page.getByRole("region", { name: "Result" })).toHaveText("40");
  await page.getByRole("searchbox", { name: "Search the log" }).fill("17 of");
  await expect(page.getByText("1 of 1", { exact: true })).toBeVisible();
});

test("a filter lives in the URL: typed, copied, reloaded, and left by a step back", async ({
  page,
  request,
}) => {
  const queue = ownQueue("filter");
  await created(request, "add", { a: 7, b: 7 }, queue);
  await created(request, "echo", { value: "needle" }, queue);
  await page.goto("/");
  await live(page);
  await page.keyboard.press("/");
  await page.keyboard.type(`queue:${queue} status:finished `);
  // While suggestions are open nothing moves beneath them: what ends later would wait behind a button.
  await page.keyboard.press("Escape");
  await expect(page.locator("tbody tr")).toHaveCount(2);
  await expect(page).toHaveURL(new RegExp(`/\\?queue=${queue}&status=finished$`));
  const filtered = page.url();

  await page.keyboard.type("needle");
  await expect(page.locator("tbody tr")).toHaveCount(1);
  await expect(page).toHaveURL(/&q=needle$/);
  await page.reload();
  await expect(page.locator("tbody tr")).toHaveCount(1);
  await expect(page.getByRole("combobox", { name: "Search and filter" })).toHaveValue("needle");
  await page.goBack();
  await expect(page).toHaveURL(filtered);
  await expect(page.locator("tbody tr")).toHaveCount(2);
  await expect(page.getByRole("combobox", { name: "Search and filter" })).toHaveValue("");
});

test("keys and values are suggested, and a step back undoes a choice", async ({ page, request }) => {
  const queue = ownQueue("suggest");
  await created(request, "add", { a: 7, b: 8 }, queue);
  await page.goto("/");
  await live(page);
  await page.getByRole("combobox", { name: "Search and filter" }).click();
  await page.getByRole("option", { name: /^queue:/ }).click();
  await page.getByRole("option", { name: queue }).click();

  await expect(page.locator("tbody tr")).toHaveCount(1);
  await page.goBack();
  await expect(page).toHaveURL(/\/$/);
});

test("the list is sorted by the server, on every page, and a copied link keeps the order", async ({
  page,
  request,
}) => {
  const queue = ownQueue("sorted");
  await api(request, "mutation ($name: String!) { pauseQueue(name: $name) { name } }", { name: queue });
  // As many below the usual priority as above it, in an order that is none of its own.
  const priorities = Array.from({ length: 80 }, (_, n) => ((n * 37) % 81) - 40);
  await createMany(
    request,
    priorities.map((priority) => ({ name: "add", kwargs: { a: priority, b: 0 }, queue, priority })),
  );
  const shown = async () => {
    const cells = await page.locator("td[data-label=Priority]").allTextContents();
    return cells.map(Number);
  };
  const highest = priorities.toSorted((one, other) => other - one);

  await page.goto(`/?queue=${queue}`);
  await page.getByRole("combobox", { name: "Sort" }).selectOption("Priority, highest first");
  await expect.poll(shown).toEqual(highest.slice(0, 50));
  await page.getByRole("link", { name: "Next" }).click();
  await expect.poll(shown).toEqual(highest.slice(50));

  await page.reload();
  await expect.poll(shown).toEqual(highest.slice(50));
  await page.getByRole("columnheader", { name: "Priority" }).getByRole("button").press("Enter");
  await expect.poll(shown).toEqual(highest.toReversed().slice(0, 50));
  expect(new URL(page.url()).searchParams.get("sort")).toBe("priority:asc");
});
