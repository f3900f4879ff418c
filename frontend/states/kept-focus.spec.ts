/* What has the focus goes when it fits no more: the keyboard goes on from there, not from the top of the page. */
import type { Page } from "@playwright/test";
import { expect, test } from "./fake";

const hasFocus = (page: Page, selector: string) =>
  page.evaluate((selector) => document.activeElement?.matches(selector) ?? false, selector);

test("a row's action leaves the focus in its row", async ({ page, fake }) => {
  await fake.setScene("busy");
  await page.goto(fake.address);
  // They are seen once the row has the focus.
  const cancels = page.getByRole("button", { name: /^Cancel /, includeHidden: true });
  const row = page.locator("tbody tr", { has: cancels }).first();
  const href = await row.locator("th a").getAttribute("href");
  const cancel = page.locator("tr", { has: page.locator(`th a[href="${href}"]`) }).locator(cancels);

  await row.locator("th a").focus();
  await page.keyboard.press("Tab");
  await expect(cancel).toBeFocused();
  await page.keyboard.press("Enter");

  await expect(cancel).toHaveCount(0);
  await expect.poll(() => hasFocus(page, `th a[href="${href}"]`)).toBe(true);
});

test("what is done on a task's page leaves the focus at its heading", async ({ page, fake }) => {
  await fake.setScene("busy");
  await page.goto(`${fake.address}/tasks/0198-count`);
  const cancel = page.getByRole("button", { name: "Cancel", exact: true });

  await cancel.press("Enter");

  await expect(cancel).toHaveCount(0);
  await expect.poll(() => hasFocus(page, "main h1")).toBe(true);
});

test("the selection is acted on a few keys from its row, and the row has the focus again", async ({
  page,
  fake,
}) => {
  await fake.setScene("busy");
  await page.goto(`${fake.address}/?status=failed`);
  const links = page.locator("tbody tr th a");
  await expect(links.nth(3)).toBeVisible();
  for (const row of [1, 3]) {
    await links.nth(row).focus();
    await page.keyboard.press("Space");
  }
  const href = await links.nth(3).getAttribute("href");
  const bar = page.getByRole("region", { name: "Selection" });

  await page.keyboard.press("s");
  await expect(bar.getByRole("button").first()).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(links.nth(3)).toBeFocused();
  await page.keyboard.press("s");
  while (!(await hasFocus(page, ".selection-actions > :first-child"))) await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("alertdialog", { name: "Retry 2 tasks?" })).toBeVisible();
  await page.getByRole("button", { name: "Leave it" }).press("Enter");
  await expect(bar.getByRole("button", { name: "Retry 2" })).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(links.nth(3)).toBeFocused();

  await page.keyboard.press("r");
  await page.getByRole("button", { name: "Retry 2 tasks" }).press("Enter");

  await expect(page.getByRole("alertdialog")).toHaveCount(0);
  await expect.poll(() => hasFocus(page, `th a[href="${href}"]`)).toBe(true);
});

test("the rows stay where they are while the keyboard goes through the bar of the selection", async ({
  page,
  fake,
}) => {
  await page.setViewportSize({ width: 1280, height: 600 });
  await fake.setScene("busy");
  await page.goto(fake.address);
  const link = page.locator("tbody tr th a").nth(2);
  await link.focus();
  await page.keyboard.press("Space");
  const buttons = page.getByRole("region", { name: "Selection" }).locator("button:enabled");
  await expect(buttons.last()).toBeInViewport();
  // It sticks to the lower edge, over further rows: there is room to scroll.
  const room = () => document.documentElement.scrollHeight - innerHeight - scrollY;
  expect(await page.evaluate(room)).toBeGreaterThan(300);
  const top = (await link.boundingBox())!.y;

  await page.keyboard.press("s");
  await expect(buttons.first()).toBeFocused();
  expect((await link.boundingBox())!.y).toBe(top);
  while (!(await buttons.last().evaluate((button) => button === document.activeElement))) {
    await page.keyboard.press("Tab");
    expect((await link.boundingBox())!.y).toBe(top);
  }
  await page.keyboard.press("Escape");
  await expect(link).toBeFocused();
  expect((await link.boundingBox())!.y).toBe(top);
});
