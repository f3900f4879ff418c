/* What somebody has marked on a task's screen stays, whatever comes. */
import type { Page } from "@playwright/test";
import { expect, test } from "./fake";

const marked = (page: Page) => page.evaluate(() => getSelection()?.toString());
/** Where it stands in the window, in CSS pixels. */
const markedAt = (page: Page) =>
  page.evaluate(() => Math.round(getSelection()!.getRangeAt(0).getBoundingClientRect().top));

test("a followed log stands still while text is marked in it", async ({ page, fake }) => {
  await fake.setScene("busy");
  await page.goto(`${fake.address}/tasks/0198-count`);
  const box = page.getByRole("region", { name: "Log of attempt 1" });
  const count = page.locator(".log-count");
  await expect(count).toContainText("1,850 lines");
  await box.scrollIntoViewIfNeeded();
  await box.getByText("1845 of").dblclick({ position: { x: 8, y: 8 } });
  const word = await marked(page);
  const place = await markedAt(page);
  expect(word).toContain("1845");

  for (const lines of ["1,890", "1,930"]) {
    await fake.setScene("counted");
    await expect(count).toContainText(`${lines} lines`);
    expect(await marked(page)).toBe(word);
    expect(await markedAt(page)).toBe(place);
  }

  await page.getByRole("button", { name: "Follow" }).click();
  await expect(box.locator("li").last()).toContainText("1930");
  await fake.setScene("counted");
  await expect(box.locator("li").last()).toContainText("1970");
});
