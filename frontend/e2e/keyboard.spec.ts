import { type Page, expect } from "@playwright/test";
import { created, ownQueue } from "./api";
import { rowOf, test } from "./page";

/** The text of what has the focus, for a row's link its call. */
const focused = (page: Page) => page.evaluate(() => document.activeElement?.textContent ?? "");

test("without a mouse a task is created, watched, opened and retried", async ({ page }) => {
  await page.goto("/");
  await expect(page.getByText("Live", { exact: true })).toBeVisible();
  // A rate of this run only: the record may hold failures of other tests.
  const rate = `0.99999${Date.now() % 1_000_000_000}3`;

  await page.keyboard.press("c");
  await expect(page.getByRole("combobox", { name: "Task type" })).toBeFocused();
  await page.keyboard.type("flaky");
  await page.keyboard.press("Tab");
  await expect(page.getByRole("textbox", { name: /^failure_rate/ })).toBeFocused();
  await page.keyboard.press("Control+A");
  await page.keyboard.type(rate);
  await page.keyboard.press("Enter");
  await expect(rowOf(page, `flaky(failure_rate=${rate})`)).toContainText("FAILED");

  await page.keyboard.press("j");
  while (!(await focused(page)).includes(rate)) await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1 })).toBeFocused();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(`flaky(failure_rate=${rate})`);
  await expect(page).toHaveTitle(/^Task .+ · Zonda$/);

  await page.keyboard.press("r");
  await expect(page.getByRole("heading", { name: /^Attempt 2 on W\d+: failed$/ })).toBeVisible();
  await page.goBack();
  // In the list the keyboard goes on from the row that was opened.
  await expect.poll(() => focused(page)).toContain(rate);
});

test("each screen has its title, one heading, its landmarks, and a link past the navigation", async ({
  page,
  request,
}) => {
  const id = await created(request, "add", { a: 1, b: 2 }, ownQueue("titles"));
  const titles = {
    "/": "Tasks",
    "/failures": "Failures",
    "/workers": "Workers",
    "/queues": "Queues",
    "/types": "Task types",
    [`/tasks/${id}`]: `Task ${id}`,
  };
  for (const [path, title] of Object.entries(titles)) {
    await page.goto(path);
    await expect(page).toHaveTitle(`${title} · Zonda`);
    await expect(page.getByRole("heading", { level: 1 })).toHaveCount(1);
    for (const landmark of ["banner", "navigation", "main", "contentinfo"] as const)
      await expect(page.getByRole(landmark).first()).toBeVisible();

    await page.keyboard.press("Tab");
    await expect(page.getByRole("link", { name: "Skip to content" })).toBeFocused();
    await page.keyboard.press("Enter");
    await expect(page.getByRole("main")).toBeFocused();
  }
});
