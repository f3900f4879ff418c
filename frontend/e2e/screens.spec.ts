import { expect } from "@playwright/test";
import { api, created, ownQueue } from "./api";
import { rowOf, test } from "./page";

test("all tasks that failed in one way are retried at once", async ({ page, request }) => {
  const queue = ownQueue("group");
  const kind = `no ${queue} is nowhere`.replace(/\d/g, (digit) => "abcdefghij"[Number(digit)]!);
  for (const last of [1, 2]) await created(request, "fail", { text: `${kind} ${last}` }, queue);
  await page.goto("/failures");
  const row = page.getByRole("row").filter({ hasText: kind });
  await expect(row.getByRole("cell").first()).toHaveText("2");

  await row.getByRole("button", { name: /^Retry 2 tasks with/ }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Retry 2 tasks" }).click();

  await expect(page.locator(".notice")).toContainText("Retried 2 tasks.");
  await expect
    .poll(async () => (await attempts(queue)).map((each) => each.length), { timeout: 30_000 })
    .toEqual([2, 2]);

  async function attempts(queue: string) {
    const { tasks } = await api<{ tasks: { nodes: { attempts: object[] }[] } }>(
      request,
      "query ($queue: [String!]) { tasks(filter: {queue: $queue}) { nodes { attempts { number } } } }",
      { queue },
    );
    return tasks.nodes.map((task) => task.attempts);
  }
});

test("a worker is drained, ends and stays away", async ({ page }) => {
  await page.goto("/workers");
  const row = page.getByRole("row", { name: /^W2\b/ });
  await expect(row).toContainText("ready");

  await row.getByRole("button", { name: "Drain W2" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Drain W2" }).click();

  await expect(page.locator(".notice")).toContainText("W2 takes no more tasks.");
  await expect(page.getByRole("button", { name: "Drain W2" })).toHaveCount(0, { timeout: 30_000 });
  // Nobody reads the list then: a row that is read stays.
  await page.reload();
  await expect(row).toHaveCount(0, { timeout: 30_000 });
  await expect(page.getByRole("row", { name: /^W1\b/ })).toContainText("ready");
});

test("a task type leads to its form, and the form to its task", async ({ page }) => {
  await page.goto("/types");
  await page.getByRole("searchbox").fill("multiply");
  await page.getByRole("link", { name: "Create a task of multiply" }).click();

  await page.getByRole("textbox", { name: /^a\b/ }).fill("6");
  await page.getByRole("textbox", { name: /^b\b/ }).fill("7");
  await page.getByRole("button", { name: "Create and open" }).click();

  await expect(page.getByRole("region", { name: "Result" })).toHaveText("42");
});

test("what is done in one browser is seen in the other within a second of its commit", async ({
  page,
  browser,
  baseURL,
  request,
}) => {
  const queue = ownQueue("two");
  const id = await created(request, "sleep", { seconds: 120 }, queue);
  const other = await (await browser.newContext({ baseURL: baseURL! })).newPage();
  for (const each of [page, other]) {
    await each.goto(`/?queue=${queue}`);
    await expect(rowOf(each, "sleep(seconds=120)")).toContainText("RUNNING");
  }

  const seen = other.waitForFunction(() => document.querySelector("tr[data-status=FAILED]") && Date.now());
  await rowOf(page, "sleep(seconds=120)").hover();
  await page.getByRole("button", { name: "Cancel sleep" }).click();

  const shownAt = Number(await (await seen).jsonValue());
  const { task } = await api<{ task: { finishedAt: string } }>(
    request,
    "query ($id: ID!) { task(id: $id) { finishedAt } }",
    { id },
  );
  expect(shownAt - Date.parse(task.finishedAt)).toBeLessThan(1_000);
  await other.context().close();
});

test("steps back and forward, and a copied link, show the same", async ({
  page,
  browser,
  baseURL,
  request,
}) => {
  const queue = ownQueue("steps");
  await created(request, "add", { a: 40, b: 2 }, queue);
  await page.goto("/queues");
  await page.getByRole("link", { name: queue, exact: true }).click();
  await rowOf(page, "add(a=40, b=2)").getByRole("link").click();
  await expect(page.getByRole("region", { name: "Result" })).toHaveText("42");
  const link = page.url();

  await page.goBack();
  await expect(rowOf(page, "add(a=40, b=2)")).toContainText("FINISHED");
  await page.goBack();
  await expect(page.getByRole("table", { name: "Queues" })).toBeVisible();
  await page.goForward();
  await page.goForward();
  await expect(page).toHaveURL(link);

  const other = await (await browser.newContext({ baseURL: baseURL! })).newPage();
  await other.goto(link);
  await expect(other.getByRole("heading", { level: 1 })).toHaveText("add(a=40, b=2)");
  await expect(other.getByRole("region", { name: "Result" })).toHaveText("42");
  await other.context().close();
});

test.describe("a link to nothing", () => {
  // The page itself came with that status.
  test.use({ tolerated: [/status of 404/] });

  test("shows the page, which says so and leads on", async ({ page }) => {
    const answered = await page.goto("/nothing/here");

    expect(answered?.status()).toBe(404);
    await expect(page.getByText("There is no such page.")).toBeVisible();
    await page.getByRole("link", { name: "See all tasks" }).click();
    await expect(page.getByRole("heading", { level: 1, name: "Tasks" })).toBeVisible();
  });
});
