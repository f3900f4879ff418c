/* Where the reader is in a list: kept for who comes back, and the top for who turns to another page. */
import type { Page } from "@playwright/test";
import { expect, test } from "./fake";

const focused = (page: Page) => page.evaluate(() => document.activeElement?.textContent);
const scrolled = (page: Page) => page.evaluate(() => scrollY);

test("back from a task leads to the row that was opened, and so does a reload", async ({ page, fake }) => {
  await fake.setScene("full");
  await page.goto(fake.address);
  await expect(page.locator(".tile-line")).toHaveCount(4);
  const link = page.locator("tbody tr").nth(30).locator("th a");
  const href = await link.getAttribute("href");
  await link.focus();
  const top = () =>
    page.locator(`tbody th a[href="${href}"]`).evaluate((row) => row.getBoundingClientRect().top);
  const before = { scroll: await scrolled(page), top: await top(), words: await link.textContent() };
  expect(before.scroll).toBeGreaterThan(100);

  const isAsBefore = () =>
    expect
      .poll(async () => ({ scroll: await scrolled(page), top: await top(), words: await focused(page) }))
      .toEqual(before);
  await link.press("Enter");
  await expect(page.locator(".task-id")).toBeVisible();
  await expect.poll(() => scrolled(page)).toBe(0);
  await page.goBack();
  await isAsBefore();

  await page.reload();
  await isAsBefore();
});

test("another page of a list is read from its top", async ({ page, fake }) => {
  await fake.setScene("full");
  await page.goto(fake.address);
  await page.getByRole("link", { name: "Older" }).click();

  await expect(page.getByRole("link", { name: "Newer" })).toBeAttached();
  await expect.poll(() => focused(page)).toBe("Tasks");
  expect(await scrolled(page)).toBe(0);

  await page.goBack();
  await expect.poll(() => scrolled(page)).toBeGreaterThan(100);
});
