/* Whatever the sign of freshness says, nothing below the bar moves: neither on a phone nor between that and a desk. */
import { MOST_SHIFT, watchShifts } from "../e2e/shifts";
import { expect, test } from "./fake";

/** Of the first row from the top of the document, and of the bar's height. */
const sizes = () => {
  const row = document.querySelector("tbody tr")!.getBoundingClientRect();
  return { row: Math.round(row.top + scrollY), bar: document.querySelector(".bar")!.clientHeight };
};

for (const width of [320, 360, 641, 760, 853, 1000, 1260, 1261, 1280])
  test(`at ${width} px the sign says more or less, and no row moves`, async ({ page, fake }) => {
    const sign = page.locator(".live");
    await fake.setScene("busy");
    await page.setViewportSize({ width, height: 740 });
    await page.goto(fake.address);
    await expect(page.locator("tbody tr").first()).toBeVisible();
    await expect(sign).toHaveText(/^Live/);
    await expect(page.locator(".tile-line")).toHaveCount(4);
    const before = await page.evaluate(sizes);
    await watchShifts(page);

    await fake.setScene("away");
    await expect(sign).toHaveText(/^Reconnecting, showing [\d:]+next try in \d+ sTry now/);
    expect(await page.evaluate(sizes), "reconnecting").toEqual(before);
    for (const words of ["Reconnecting", /^, showing/, /^(next try|trying)/, "Try now"])
      expect(await sign.getByText(words, { exact: true }).evaluate(isWhole), String(words)).toBe(true);
    await fake.setScene("back");
    await expect(sign).toHaveText(/^Live/);
    expect(await page.evaluate(sizes), "back").toEqual(before);

    await page.keyboard.press("p");
    await expect(sign).toHaveText(/^Paused, nothing has changed/);
    expect(await page.evaluate(sizes), "paused").toEqual(before);
    await fake.setScene("full");
    await expect(sign).toHaveText(/^Paused, \d+ rows have changed/);
    expect(await page.evaluate(sizes), "with what has changed").toEqual(before);

    const { shift, moved } = await page.evaluate(() => window.seen);
    expect(shift, moved.join("\n")).toBeLessThan(MOST_SHIFT);
  });

/** Whether none of it is cut, by its own box or the window's. */
function isWhole(element: Element): boolean {
  const { left, right } = element.getBoundingClientRect();
  return element.scrollWidth <= element.clientWidth + 1 && left >= 0 && right <= innerWidth;
}
