/* Only the lines near what is seen of a log are in the document: no frame may show a part of it without them. */
import type { Page } from "@playwright/test";
import { expect, test } from "./fake";

declare global {
  interface Window {
    seenFrames: { seen: number; blank: string[] };
  }
}

/** Look at each frame from now on, after the browser has told of the scrolling and before it paints. */
const watchFrames = (page: Page) =>
  page.evaluate(() => {
    const box = document.querySelector<HTMLElement>(".log-box")!;
    const LINE = 20;
    const frames: Window["seenFrames"] = { seen: 0, blank: [] };
    window.seenFrames = frames;
    const look = () => {
      frames.seen += 1;
      const { top, height } = box.getBoundingClientRect();
      const lines = box.querySelectorAll("li");
      const first = lines[0]?.getBoundingClientRect().top ?? Infinity;
      const last = lines[lines.length - 1]?.getBoundingClientRect().bottom ?? -Infinity;
      const blank = Math.max(first - top, top + Math.min(height, box.clientHeight) - last);
      if (blank >= LINE) frames.blank.push(`${Math.round(blank)} px at ${Math.round(box.scrollTop)}`);
      requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });
const frames = (page: Page) => page.evaluate(() => window.seenFrames);

test.beforeEach(async ({ page, fake }) => {
  await fake.setScene("busy");
  await page.goto(`${fake.address}/tasks/0198-count`);
  await expect(page.locator(".log-count")).toContainText("1,850 lines");
  await page.locator(".log-box").scrollIntoViewIfNeeded();
});

test("no frame of a log is blank, however fast one scrolls", async ({ page }) => {
  await watchFrames(page);

  const steps = await page.evaluate(async () => {
    const box = document.querySelector<HTMLElement>(".log-box")!;
    const frame = () => new Promise(requestAnimationFrame);
    let steps = 0;
    // The whole log in two dozen frames up, and down again; as a scrollbar that is dragged does it.
    for (const by of [-1_500, 1_500])
      for (let step = 0; step < 24; step += 1, steps += 1) {
        box.scrollTop += by;
        await frame();
      }
    return steps;
  });
  await page.locator(".log-box").hover();
  for (let turn = 0; turn < 8; turn += 1) await page.mouse.wheel(0, -2_000);
  await expect(page.locator(".log-count")).toContainText("not following");

  const { seen, blank } = await frames(page);
  expect(seen).toBeGreaterThan(steps);
  expect(blank).toEqual([]);
});

test("no frame of a followed log is blank when much comes at once", async ({ page, fake }) => {
  await watchFrames(page);

  await Promise.all(Array.from({ length: 3 }, () => fake.setScene("counted")));

  await expect(page.locator(".log-count")).toContainText("1,970 lines, following");
  await expect(page.locator(".log-box li").last()).toContainText("1970");
  const before = (await frames(page)).seen;
  await expect.poll(async () => (await frames(page)).seen).toBeGreaterThan(before + 2);
  expect((await frames(page)).blank).toEqual([]);
});

test("a hit far away in a log is shown without a blank frame", async ({ page }) => {
  await watchFrames(page);

  await page.getByRole("searchbox", { name: "Search the log" }).fill("17 of");
  await expect(page.locator(".log-line[data-current]")).toBeVisible();

  expect((await frames(page)).blank).toEqual([]);
});
