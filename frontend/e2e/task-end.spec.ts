import { expect } from "@playwright/test";
import { created } from "./api";
import { test } from "./page";
import { MOST_SHIFT, watchShifts } from "./shifts";

const ends = {
  FINISHED: { failure: null, heading: "Result", said: "7" },
  FAILED: { failure: "no more paper", heading: "Error", said: "no more paper" },
};

for (const [status, { failure, heading, said }] of Object.entries(ends))
  test(`who reads the log of a task is not moved when it ends ${status}`, async ({ page, request }) => {
    // A busy machine takes seconds to show the page; it has to be there well before the end.
    const id = await created(request, "tell", { lines: 8, seconds: 15, failure });
    await page.goto(`/tasks/${id}`);
    const log = page.getByRole("region", { name: /^Log/ });
    await expect(log).toContainText("line 8");
    await expect(page.getByText("Live", { exact: true })).toBeVisible();
    await expect(page.locator(".task-state")).toContainText("RUNNING");
    await watchShifts(page);
    const before = (await log.boundingBox())!;

    await expect(page.locator(".task-state")).toContainText(status, { timeout: 30_000 });
    await expect(page.getByRole("region", { name: heading })).toContainText(said);
    // A shift is told of in the frame after it.
    await page.evaluate(
      () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))),
    );
    const { shift, moved } = await page.evaluate(() => window.seen);
    expect.soft(shift, moved.slice(0, 5).join("; ")).toBeLessThan(MOST_SHIFT);
    expect.soft((await log.boundingBox())!.y).toBe(before.y);

    await page.getByRole("button", { name: "Show all", exact: true }).click();
    await expect(page.getByRole("button", { name: "Show all", exact: true })).toBeHidden();
    if (failure) await expect(page.getByRole("region", { name: "Traceback of attempt 1" })).toBeVisible();
    else await expect(page.getByRole("region", { name: heading })).toHaveCSS("height", /^\d{3}/);
  });
