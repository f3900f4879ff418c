/* Whatever Tab reaches shows that it has the focus, within the window and under nothing that sticks: WCAG 2.2, 2.4.7 and 2.4.11. */
import type { Page } from "@playwright/test";
import { expect, test } from "./fake";
import { states } from "./states";

const walked = [
  "tasks",
  "selected rows",
  "failures",
  "workers",
  "queues",
  "task types",
  "a failed task",
  "a running task",
  "a form with an error",
  "the question before many are deleted",
  "all keys",
];
/** Upwards what sticks to the top may cover it, downwards what sticks to the bottom. */
const ways = {
  "upwards on a desk": { viewport: { width: 1280, height: 800 }, key: "Shift+Tab" },
  "downwards at 400 %": { viewport: { width: 320, height: 256 }, key: "Tab" },
};
/** So many places are enough of a list whose rows are all alike. */
const MOST = 40;

for (const name of walked)
  for (const [way, { viewport, key }] of Object.entries(ways))
    test(`${name}, ${way}: the focus is seen wherever it goes`, async ({ page, fake }) => {
      const { scene, path, show } = states[name]!;
      await page.emulateMedia({ reducedMotion: "reduce" });
      await fake.setScene(scene ?? "busy");
      await page.goto(fake.address + path);
      await show(page, fake);
      await page.setViewportSize(viewport);
      await settled(page);

      const unseen: string[] = [];
      let places = 0;
      for (; places < MOST; places += 1) {
        await page.keyboard.press(key);
        const place = await look(page);
        if (place === null) break;
        if (place.wrong) unseen.push(`${place.wrong}: ${place.html}`);
      }

      expect(unseen).toEqual([]);
      expect(places).toBeGreaterThan(1);
    });

/** Until the page is as high as it will be: what has the focus moves with what comes above it. */
async function settled(page: Page): Promise<void> {
  let height = -1;
  const isAsBefore = async () => {
    const before = height;
    height = await page.evaluate(() => document.documentElement.scrollHeight);
    return height === before;
  };
  await expect.poll(isAsBefore, { intervals: [300] }).toBe(true);
}

/** How what has the focus looks; null once all have had it. */
function look(page: Page): Promise<{ html: string; wrong: string | null } | null> {
  return page.evaluate(() => {
    const element = document.activeElement;
    if (!element || element === document.body || element.hasAttribute("data-walked")) return null;
    // It hands the focus on to the other end of the dialog.
    if (element.hasAttribute("data-base-ui-focus-guard")) return { html: "", wrong: null };
    element.setAttribute("data-walked", "");
    const html = element.outerHTML.slice(0, 120);
    // The filter draws its own around the field.
    const isDrawn = [element, element.closest(".filter-box")].some((each) => {
      if (!each) return false;
      const { outlineStyle, outlineWidth } = getComputedStyle(each);
      return outlineStyle !== "none" && parseFloat(outlineWidth) >= 2;
    });
    if (!isDrawn) return { html, wrong: "no outline" };
    const { left, top, width, height } = element.getClientRects()[0] ?? new DOMRect();
    const shares = [0.1, 0.5, 0.9];
    const isInView = shares.some((x) =>
      shares.some((y) => {
        const there = document.elementFromPoint(left + width * x, top + height * y);
        return there !== null && (element.contains(there) || there.contains(element.closest("label")));
      }),
    );
    return { html, wrong: isInView ? null : "covered" };
  });
}
