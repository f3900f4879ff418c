/* What a look at a state finds wrong, each in words; violations.ts has what axe does. states.spec.ts looks at the states, walk.spec.ts at pages full of faults. */
import type { Locator, Page } from "@playwright/test";

export const sizes = {
  phone: { width: 360, height: 740 },
  /** What a window of 1280 × 1024 is to a reader who has zoomed to 400 %. */
  zoomed: { width: 320, height: 256 },
  /** A window of 1280 × 800 to one who has zoomed to 150 %, or a tablet: wider than where rows become cards everywhere. */
  between: { width: 853, height: 533 },
  desk: { width: 1280, height: 800 },
};
export const themes = ["light", "dark"] as const;

/** Pixels to a byte: a picture of nothing but its ground has more. Those of the states have 3 to 32. */
const BLANK = 80;
/** What the page and the security policy report from now on, and what dialogs of the browser's come, but for what is tolerated. */
export function reports(page: Page, tolerated: string[] = []): string[] {
  const reported: string[] = [];
  const report = (text: string) => {
    if (!tolerated.some((each) => text.includes(each))) reported.push(text);
  };
  page.on("pageerror", (error) => report(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") report(message.text());
  });
  // Nothing here opens one: it is somebody's markup that was obeyed.
  page.on("dialog", (dialog) => {
    report(`a dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  return reported;
}

/**
 * Bring into view what shows a state, from the top of the page, where a reader begins: a fault when no point of it can be seen, for
 * it is out of view or something lies over it.
 */
export async function bringIntoView(page: Page, sign: Locator): Promise<string[]> {
  // What is pointed at looks otherwise.
  await page.mouse.move(0, 0);
  const seen = await sign.evaluate(async (element) => {
    // What floats follows the size of the window in a frame after it.
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    /** How many of 5 × 5 points of what is in view of it are its own. */
    const points = () => {
      const { left, right, top, bottom } = element.getBoundingClientRect();
      const [x, y] = [Math.max(left, 0), Math.max(top, 0)];
      const [width, height] = [Math.min(right, innerWidth) - x, Math.min(bottom, innerHeight) - y];
      if (width <= 0 || height < Math.min(bottom - top, 24)) return 0;
      return Array.from({ length: 25 }, (_, at) =>
        document.elementFromPoint(
          x + (width * (0.5 + (at % 5))) / 5,
          y + (height * (0.5 + Math.floor(at / 5))) / 5,
        ),
      ).filter((found) => element.contains(found)).length;
    };
    scrollTo(0, 0);
    if (points() === 0) {
      const tall = element.getBoundingClientRect().height > innerHeight / 2;
      element.scrollIntoView({ block: tall ? "start" : "center" });
    }
    return points() > 0;
  });
  return seen ? [] : ["what shows the state cannot be seen"];
}

/** Look at what is in view, and keep a picture if it has a place: something must be there, and nothing sideways of it. */
export async function photograph(page: Page, path?: string): Promise<string[]> {
  const faults: string[] = [];
  // First the picture, for it waits for a frame: what floats has then followed the size of the window.
  const picture = await page.screenshot(path ? { path } : {});
  faults.push(...(await sideways(page)));
  const pixels = await page.evaluate(() => innerWidth * innerHeight);
  if (picture.length < pixels / BLANK) faults.push("is blank");
  const words = await page.locator("main").allInnerTexts();
  if (!/\w/.test(words.join())) faults.push("is without a word");
  return faults;
}

/** By how much the page scrolls sideways, or a part of it that is not meant to: one that is keeps the swipe to itself. */
function sideways(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const faults: string[] = [];
    const over = document.documentElement.scrollWidth - innerWidth;
    if (over > 0) faults.push(`scrolls sideways by ${over} px`);
    for (const part of document.body.querySelectorAll("*")) {
      const beyond = part.scrollWidth - part.clientWidth;
      if (beyond <= 0) continue;
      const { overflowX, overscrollBehaviorX } = getComputedStyle(part);
      if (!/auto|scroll/.test(overflowX) || overscrollBehaviorX === "contain") continue;
      faults.push(`${part.localName}.${part.className} scrolls sideways by ${beyond} px`);
    }
    return faults;
  });
}
