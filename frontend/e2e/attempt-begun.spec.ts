import { expect } from "@playwright/test";
import { api, heldQueue } from "./api";
import { test } from "./page";

test("who reads an attempt when the next one begins keeps it, and goes on by a button", async ({
  page,
  request,
}) => {
  const { queue, letGo } = await heldQueue(request, "begun");
  const kwargs = { lines: 60, seconds: 3, failure: "no more paper" };
  const { createTask } = await api<{ createTask: { id: string } }>(
    request,
    `mutation ($kwargs: JSON, $queue: String) {
      createTask(name: "tell", kwargs: $kwargs, queue: $queue, maxAttempts: 2) { id }
    }`,
    { kwargs, queue },
  );
  await page.goto(`/tasks/${createTask.id}`);
  await expect(page.getByText("Live", { exact: true })).toBeVisible();
  await letGo();
  const first = page.getByRole("region", { name: "Log of attempt 1" });
  await expect(first).toContainText("line 60");
  await first.focus();
  await first.press("Home");
  await expect(first).toContainText("line 1");
  // Where the log stands in the document, and how far it is scrolled: the key may still be scrolling the page.
  const place = () => first.evaluate((log) => [log.getBoundingClientRect().top + scrollY, log.scrollTop]);
  await expect.poll(async () => (await place())[1]).toBe(0);
  const before = await place();

  const begun = page.getByRole("button", { name: "Attempt 2 has begun" });
  await expect(begun).toBeVisible({ timeout: 30_000 });
  await expect(first).toBeFocused();
  expect(await place()).toEqual(before);
  await begun.click();

  await expect(page.getByRole("region", { name: "Log of attempt 2" })).toContainText("line 60");
  await expect(begun).toHaveCount(0);
  await expect(first).toHaveCount(0);
  await expect(page.locator(".task-state")).toContainText("FAILED", { timeout: 30_000 });
});
