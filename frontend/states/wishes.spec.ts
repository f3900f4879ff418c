/* What readers ask of their browser is done: less motion, their own colours; and of the page: closer rows. */
import type { Locator } from "@playwright/test";
import { expect, test } from "./fake";
import { states } from "./states";

test("nothing moves by itself for who wants less motion", async ({ page, fake }) => {
  const moving = () =>
    page.evaluate(() =>
      [...document.querySelectorAll("*")]
        .filter((element) => {
          const { transitionDuration, animationName } = getComputedStyle(element);
          return /[1-9]/.test(transitionDuration) || animationName !== "none";
        })
        .map(({ className }) => className as unknown),
    );
  await fake.setScene("slow");
  await page.goto(fake.address);
  await states["loading"]!.show(page, fake);
  expect(await moving()).toContain("skeleton-line");

  await page.emulateMedia({ reducedMotion: "reduce" });
  expect(await moving()).toEqual([]);
  expect(await page.evaluate(() => document.getAnimations().length)).toBe(0);

  await fake.setScene("busy");
  for (const name of ["selected rows", "a form", "a running task"]) {
    await page.goto(fake.address + states[name]!.path);
    await states[name]!.show(page, fake);
    expect(await moving()).toEqual([]);
  }
});

test("with the reader's own colours what is chosen still differs from what is not", async ({
  page,
  fake,
}) => {
  await page.emulateMedia({ forcedColors: "active" });
  await fake.setScene("busy");
  await page.goto(`${fake.address}/?status=failed`);
  await page
    .getByRole("checkbox", { name: /^Select \w+\(/ })
    .nth(1)
    .check();
  const lines = (selector: string) =>
    page
      .locator(selector)
      .first()
      .evaluate((element) => {
        const { outline, borderBottomColor } = getComputedStyle(element);
        return `${outline} ${borderBottomColor}`;
      });

  for (const [chosen, other] of [
    [".tile[aria-current]", ".tile:not([aria-current])"],
    [".places a[aria-current]", ".places a:not([aria-current])"],
    ["tr[data-selected]", "tbody tr:not([data-selected])"],
  ] as const)
    expect(await lines(chosen), chosen).not.toBe(await lines(other));
  if (process.env.ZONDA_PHOTOGRAPHS)
    await page.screenshot({ path: `${process.env.ZONDA_PHOTOGRAPHS}/forced-colours.png` });
});

test("a status is never told by its colour alone", async ({ page, fake }) => {
  const { path, show } = states["tasks"]!;
  await fake.setScene("full");
  await page.goto(fake.address + path);
  await show(page, fake);

  const chips = () =>
    page
      .locator(".chip")
      .evaluateAll((all) =>
        all.map((chip) => `${chip.textContent}, ${chip.querySelectorAll("svg").length} icon`),
      );
  await expect
    .poll(async () => new Set(await chips()))
    .toEqual(new Set(["QUEUEING", "RUNNING", "FAILED", "FINISHED"].map((status) => `${status}, 1 icon`)));
});

test("rows come closer, and neither what is pointed at nor what is read goes away", async ({
  page,
  fake,
}) => {
  const top = (locator: Locator) => locator.evaluate((element) => element.getBoundingClientRect().top);
  const dense = page.getByRole("radio", { name: "dense" });
  await fake.setScene("full");
  await page.goto(fake.address);
  const rows = page.getByRole("table", { name: "Tasks" }).locator("tbody tr");
  // Until they are there the choice stands near the top, and they would push it out of the window.
  await expect(rows).toHaveCount(50);
  await dense.scrollIntoViewIfNeeded();
  const pointedAt = await top(dense);
  const roomy = await rows.first().evaluate((row) => row.clientHeight);
  await dense.check();
  expect(await top(dense)).toBeCloseTo(pointedAt, 0);
  expect(await rows.first().evaluate((row) => row.clientHeight)).toBeLessThan(roomy * 0.75);

  await page.reload();
  await expect(dense).toBeChecked();
  await rows.nth(20).evaluate((row) => row.scrollIntoView({ block: "start" }));
  const read = await top(rows.nth(20));
  await page.keyboard.press("Control+k");
  await expect(page.getByRole("combobox", { name: "Search commands" })).toBeFocused();
  await page.keyboard.type("comfortable");
  await page.keyboard.press("Enter");
  await expect(dense).not.toBeChecked();
  // The first row in view may be one or two above it, beneath the bar.
  expect(Math.abs((await top(rows.nth(20))) - read)).toBeLessThan(roomy);
});
