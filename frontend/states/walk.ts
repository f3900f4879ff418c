/* What a look at a state finds wrong, each in words. states.spec.ts looks at the states, walk.spec.ts at pages full of faults. */
import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "@playwright/test";

export const sizes = {
  phone: { width: 360, height: 740 },
  /** What a window of 1280 × 1024 is to a reader who has zoomed to 400 %. */
  zoomed: { width: 320, height: 256 },
  desk: { width: 1280, height: 800 },
};
export const themes = ["light", "dark"] as const;
export type Theme = (typeof themes)[number];

/** Pixels to a byte: a picture of nothing but its ground has more. Those of the states have 3 to 32. */
const BLANK = 80;
/** Of a table whose rows are all alike; a look at each would take minutes. */
const FURTHER_ROWS = "tbody tr:nth-child(n + 13)";
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
/** Nobody reads what axe finds right, and to name each such element takes it as long as the look. */
const LEAN = { resultTypes: ["violations" as const], selectors: false };

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

/** What axe finds; in the dark it looks at the colours, for nothing else is different there. */
export async function violations(page: Page, theme: Theme, unruled: string[] = []): Promise<string[]> {
  const rules =
    theme === "light"
      ? { runOnly: RULES, rules: Object.fromEntries(unruled.map((rule) => [rule, { enabled: false }])) }
      : { runOnly: { type: "rule" as const, values: ["color-contrast"] } };
  const axe = new AxeBuilder({ page })
    // Without frames there is nothing to put together, for which axe would open another page each time.
    .setLegacyMode(true)
    .exclude(FURTHER_ROWS)
    .options({ ...LEAN, ...rules });
  const found = await axe.analyze();
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`);
}

/** Look at what is in view, and keep a picture if it has a place: something must be there, and nothing to the right of it. */
export async function photograph(page: Page, path?: string): Promise<string[]> {
  const faults: string[] = [];
  const { sideways, pixels } = await page.evaluate(() => ({
    sideways: document.documentElement.scrollWidth - innerWidth,
    pixels: innerWidth * innerHeight,
  }));
  if (sideways > 0) faults.push(`scrolls sideways by ${sideways} px`);
  const picture = await page.screenshot(path ? { path } : {});
  if (picture.length < pixels / BLANK) faults.push("is blank");
  const words = await page.locator("main").allInnerTexts();
  if (!/\w/.test(words.join())) faults.push("is without a word");
  return faults;
}
