/* What is announced takes no room: a screen that fits the window does not scroll. */
import { expect, test } from "./fake";

test("a short screen is as high as the window, while something is announced too", async ({ page, fake }) => {
  const height = () => page.evaluate(() => document.documentElement.scrollHeight - innerHeight);
  await fake.setScene("empty");
  await page.goto(`${fake.address}/tasks`);
  await page.setViewportSize({ width: 1280, height: 1_200 });
  await expect(page.getByText("No tasks yet.")).toBeVisible();
  expect(await height()).toBe(0);

  await page.keyboard.press("p");

  await expect(page.locator(".announcer")).toHaveText("Paused.");
  expect(await height()).toBe(0);
});
