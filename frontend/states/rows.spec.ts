/* The rows of the list of tasks at every width: all that they tell is there, and no stage of a task makes one higher. */
import type { Locator } from "@playwright/test";
import { expect, test } from "./fake";

/** Each side of where the rows are laid out anew, and what a reader has who zooms into 1280 px or holds a tablet. */
const widths = [1280, 1181, 1180, 1024, 853, 768, 761, 760, 361, 320];

test("every fact of a task is read at every width, in rows that are as high in each of its stages", async ({
  page,
  fake,
}) => {
  await fake.setScene("stages");
  await page.goto(fake.address);
  const rows = page.locator("tbody tr");
  await expect(rows).toHaveCount(20);

  for (const width of widths) {
    await page.setViewportSize({ width, height: 800 });
    // Above the first one there is no line.
    const [, ...heights] = await rows
      .filter({ hasText: 'import_orders(warehouse="north"' })
      .evaluateAll((all) => all.map((row) => row.getBoundingClientRect().height));

    expect.soft(heights, `${width} px`).toEqual(Array(18).fill(heights[0]));
    expect.soft(await unread(rows), `${width} px`).toEqual([]);
    expect.soft(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBe(0);
    if (width > 1180) expect.soft(heights[0]).toBeLessThan(40);
  }
});

/** The facts that are not there, or cut, or over each other. Names of queues may be of any length, and are not looked at for a cut. */
function unread(rows: Locator): Promise<string[]> {
  return rows.evaluateAll((all) =>
    all.flatMap((row) => {
      const facts = [...row.querySelectorAll("td[data-label], .qualifier:not(:empty)")].map((fact) => {
        const range = document.createRange();
        range.selectNodeContents(fact.querySelector("time") ?? fact.firstChild!);
        return { fact, box: range.getBoundingClientRect() };
      });
      return facts.flatMap(({ fact, box }, at) => {
        const what = `${fact.getAttribute("data-label")} ${fact.textContent}`;
        if (box.width === 0) return [`not there: ${what}`];
        if (fact.matches(".cell-queue")) return [];
        const cell = fact.closest("td")!;
        const clips = getComputedStyle(cell).overflowX === "hidden";
        const end = (clips ? cell : row).getBoundingClientRect().right;
        const over = facts
          .slice(at + 1)
          .filter(({ box: other }) => other.top < box.bottom && other.bottom > box.top)
          .some(({ box: other }) => other.left < box.right && other.right > box.left);
        return [...(box.right > end ? [`cut: ${what}`] : []), ...(over ? [`over another: ${what}`] : [])];
      });
    }),
  );
}
