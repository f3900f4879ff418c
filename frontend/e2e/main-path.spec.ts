import { expect } from "@playwright/test";
import { create, rowOf, test } from "./page";

test("a task that is created goes to FINISHED before one's eyes", async ({ page }) => {
  await page.goto("/");
  const loads: string[] = [];
  page.on("framenavigated", (frame) => loads.push(frame.url()));
  // Numbers of this run only: the record may hold tasks of earlier ones.
  const a = Date.now() % 1_000_000_000;

  await create(page, "add", { a: String(a), b: "2" });

  const row = rowOf(page, `add(a=${a}, b=2)`);
  await expect(row).toContainText("FINISHED");
  await expect(row.locator(".result")).toHaveText(String(a + 2));
  expect(await page.evaluate(() => performance.getEntriesByType("navigation").length)).toBe(1);
});

test("1 and 2 make 3", async ({ page }) => {
  await page.goto("/");

  await create(page, "add", { a: "1", b: "2" }, "Create and open");

  await expect(page.getByRole("region", { name: "Result" })).toHaveText("3");
  await expect(page.getByText("FINISHED", { exact: true })).toBeVisible();
  await expect(page).toHaveURL(/\/tasks\/[0-9a-f-]{36}$/);
});

test("the page shows an ending within a second of its commit", async ({ page, request }) => {
  await page.goto("/");
  await expect(page.getByText("Live", { exact: true })).toBeVisible();
  const call = { a: Date.now() % 1_000_000_000, b: 3 };
  const ask = async (query: string, variables: object) => {
    const response = await request.post("/graphql", { data: { query, variables } });
    return ((await response.json()) as { data: { task: { id: string; finishedAt: string } } }).data.task;
  };

  const { id } = await ask('mutation ($call: JSON) { task: createTask(name: "add", kwargs: $call) { id } }', {
    call,
  });
  const seen = await page.waitForFunction((id) => {
    const link = document.querySelector(`a[href="/tasks/${id}"]`);
    return link?.closest("tr[data-status=FINISHED]") && Date.now();
  }, id);

  const { finishedAt } = await ask("query ($id: ID!) { task(id: $id) { finishedAt } }", { id });
  expect(Number(await seen.jsonValue()) - Date.parse(finishedAt)).toBeLessThan(1_000);
});

test("a task that fails shows a readable error, its attempt and the traceback", async ({ page }) => {
  await page.goto("/");
  // A rate of this run only: the record may hold failures of other tests, with further attempts.
  const rate = `0.99999${Date.now() % 1_000_000_000}1`;

  await create(page, "flaky", { failure_rate: rate });
  const row = rowOf(page, `flaky(failure_rate=${rate})`);
  await expect(row).toContainText("FAILED");
  await expect(row).toContainText(/flaky failed, as it does 100% of the time/);

  await row.getByRole("link", { name: /^flaky/ }).click();
  await expect(page.getByRole("region", { name: "Error" })).toContainText("flaky failed");
  await expect(page.getByRole("heading", { name: /^Attempt 1 on W\d+: failed$/ })).toBeVisible();
  await expect(page.getByRole("region", { name: "Traceback of attempt 1" })).toContainText("raise Unlucky");
});

test("integers stay exact through form, record and page", async ({ page }) => {
  await page.goto("/?create=echo");
  const value = "[12345678901234567890, 5.0]";

  await page.getByRole("textbox", { name: /^value/ }).fill(value);
  await page.getByRole("button", { name: "Create and open" }).click();

  // On one line where the page was there before the task had ended, else with a line for each.
  await expect(page.getByRole("region", { name: "Result" })).toHaveText(
    /^\[\s*12345678901234567890,\s*5\.0\s*\]$/,
  );
});

test("the workers table shows who is there and what it holds", async ({ page }) => {
  await page.goto("/workers");

  const row = page.getByRole("row", { name: /^W1\b/ });
  await expect(row).toContainText("ready");
  await expect(row).toContainText("0 of 1");
});

test("GraphiQL runs a query from our own files", async ({ page, baseURL }) => {
  const foreign: string[] = [];
  page.on("request", (request) => {
    const isOurs =
      request.url().startsWith(new URL("/", baseURL).href) || /^(blob|data):/.test(request.url());
    if (!isOurs) foreign.push(request.url());
  });
  const introspected = page.waitForResponse((response) => response.request().method() === "POST");
  await page.goto("/graphiql");
  await introspected;
  const editor = page.locator(".graphiql-query-editor .monaco-editor").first();
  await editor.click();
  await page.keyboard.press("Control+A");
  // The editor closes the brackets, and offers the fields of the schema.
  await page.keyboard.type("{ workers { topic ");
  await expect(page.getByRole("option", { name: "lastBeatAt" })).toBeVisible();
  await page.keyboard.press("Escape");

  await page.keyboard.press("Control+Enter");

  await expect(page.locator(".graphiql-response")).toContainText('"topic"');
  await expect(page.locator(".graphiql-response")).toContainText('"W1"');
  expect(foreign).toEqual([]);
});
