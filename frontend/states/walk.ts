/* What a look at a state finds wrong, each in words; violations.ts has what axe does. states.spec.ts looks at the states, walk.spec.ts at pages full of faults. */
import type { Page } from "@playwright/test";

export const sizes = {
  phone: { width: 360, height: 740 },
  /** What a window of 1280 × 1024 is to a reader who has zoomed to 400 %. */
  zoomed: { width: 320, height: 256 },
  desk: { width: 1280, height: 800 },
};
export const themes = ["light", "dark"] as const;

/** Pixels to a byte: a picture of nothing but its ground has more. Those of the states have 3 to 32. */
const BLANK = 80;
/** What the page and the security policy report from now on, but for what is tolerated. */
export function reports(page: Page, tolerated: string[] = []): string[] {
  const reported: string[] = [];
  const report = (text: string) => {
    if (!tolerated.some((each) => text.includes(each))) reported.push(text);
  };
  page.on("pageerror", (error) => report(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") report(message.text());
  });
  return reported;
}

/** Look at what is in view, and keep a picture if it has a place: something must be there, and nothing to the right of it. */
export async function photograph(page: Page, path?: string): Promise<string[]> {
  const faults: string[] = [];
  // First the picture, for it waits for a frame: what floats has then followed the size of the window.
  const picture = await page.screenshot(path ? { path } : {});
  const { sideways, pixels } = await page.evaluate(() => ({
    sideways: document.documentElement.scrollWidth - innerWidth,
    pixels: innerWidth * innerHeight,
  }));
  if (sideways > 0) faults.push(`scrolls sideways by ${sideways} px`);
  if (picture.length < pixels / BLANK) faults.push("is blank");
  const words = await page.locator("main").allInnerTexts();
  if (!/\w/.test(words.join())) faults.push("is without a word");
  return faults;
}
