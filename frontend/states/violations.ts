/* What axe finds. The contrast of a text takes it longer than all other rules together, and most texts look alike. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "@playwright/test";
import type { DqElement, RawResult, RunOptions } from "axe-core";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const CONTRAST = "color-contrast";
/** Of a table whose rows are all alike; a look at each would take minutes. */
const FURTHER_ROWS = "tbody tr:nth-child(n + 13)";

/** How text looks that axe has found right in this process: the frame of the page is there in every state, in the same colours. */
const readable = new Set<string>();

declare global {
  var axe: typeof import("axe-core");
}

/**
 * What axe finds: of texts that look alike at the first, for all of them, in every page, and at the others only where it
 * cannot tell. In the dark it looks at the colours, for nothing else is different there.
 */
export async function violations(
  page: Page,
  theme: "light" | "dark",
  unruled: string[] = [],
): Promise<string[]> {
  if (await page.evaluate(() => !("axe" in globalThis))) await page.evaluate(AXE);
  const rules = theme === "light" ? RULES : [];
  const { found, right } = await page.evaluate(lookAt, {
    contrast: unruled.includes(CONTRAST) ? null : CONTRAST,
    rules,
    unruled,
    furtherRows: FURTHER_ROWS,
    known: [...readable],
  });
  for (const look of right) readable.add(look);
  return found;
}

interface Asked {
  contrast: string | null;
  rules: string[];
  unruled: string[];
  furtherRows: string;
  known: string[];
}

/** In the page. `right` are the looks in which text can be read. */
async function lookAt({ contrast, rules, unruled, furtherRows, known }: Asked) {
  const looks = new Map<Element, string>();
  /** An element and all that it is in: names, classes, and every style that the contrast of a text follows from. */
  function lookOf(element: Element): string {
    const look = looks.get(element);
    if (look !== undefined) return look;
    const style = getComputedStyle(element);
    const own = [
      element.parentElement ? lookOf(element.parentElement) : "",
      `${element.localName}.${element.getAttribute("class") ?? ""}`,
      element.matches(":disabled, [aria-disabled=true]") ? "off" : "",
      style.backgroundColor,
      style.backgroundImage,
      style.opacity,
      style.filter,
      style.mixBlendMode,
    ].join(" ");
    looks.set(element, own);
    return own;
  }
  function lookOfText(element: Element): string {
    const { color, fontSize, fontWeight, textShadow } = getComputedStyle(element);
    return `${lookOf(element)} ${color} ${fontSize} ${fontWeight} ${textShadow}`;
  }
  const textIn = (element: Element) =>
    element.matches("input:not([type=checkbox], [type=radio]), select, textarea")
      ? "a value"
      : [...element.childNodes].map((node) => (node instanceof Text ? node.data.trim() : "")).join("");

  const alike = new Map<string, Element[]>();
  if (contrast)
    for (const element of document.body.querySelectorAll("*")) {
      if (!textIn(element) || !element.checkVisibility({ visibilityProperty: true })) continue;
      const { width, height } = element.getBoundingClientRect();
      // Only a screen reader comes by what is no larger.
      if (width <= 1 && height <= 1) continue;
      const look = lookOfText(element);
      if (!known.includes(look)) alike.set(look, [...(alike.get(look) ?? []), element]);
    }

  const MARK = "data-looked-at";
  axe.configure({ noHtml: true, rules: [{ id: "color-contrast", selector: `[${MARK}]` }] });
  axe.addReporter<RawResult[]>("as they are", (results, _, resolve) => resolve(results));
  const onlyContrast: RunOptions = { runOnly: { type: "rule", values: [contrast ?? ""] } };
  const hidden = new CSSStyleSheet();
  hidden.replaceSync(`${furtherRows} { display: none }`);
  const found: string[] = [];
  const right: string[] = [];
  async function run(texts: Element[], options: RunOptions) {
    for (const element of texts) element.setAttribute(MARK, "");
    const results = (await axe.run({ ...options, reporter: "as they are" })) as unknown as RawResult[];
    for (const element of texts) element.removeAttribute(MARK);
    for (const { id, violations, passes } of results) {
      const wrong = violations.map(({ node }) => (node as DqElement).element);
      if (wrong.length > 0)
        found.push(`${id}: ${wrong.map(({ outerHTML }) => outerHTML.slice(0, 300)).join(" | ")}`);
      if (id !== contrast) continue;
      for (const element of wrong) alike.delete(lookOfText(element));
      for (const { node } of passes) {
        const look = lookOfText((node as DqElement).element);
        if (alike.delete(look)) right.push(look);
      }
    }
  }

  const firsts = [...alike.values()].flatMap((elements) => {
    const near = elements.filter((element) => !element.closest(furtherRows));
    // Of a single character axe cannot tell.
    return near.sort((one, other) => textIn(other).length - textIn(one).length).slice(0, 1);
  });
  document.adoptedStyleSheets.push(hidden);
  const off = Object.fromEntries(unruled.map((rule) => [rule, { enabled: false }]));
  if (rules.length > 0) await run(firsts, { runOnly: rules, rules: off });
  else if (firsts.length > 0) await run(firsts, onlyContrast);
  document.adoptedStyleSheets.pop();
  const others = [...alike.values()].flat().filter((element) => !firsts.includes(element));
  if (others.length > 0) await run(others, onlyContrast);
  return { found, right };
}
