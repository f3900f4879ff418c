import type { Page } from "@playwright/test";

/** Layout that moved by itself may add up to so much; 0.1 is what a reader notices. */
export const MOST_SHIFT = 0.02;

interface Seen {
  /** What moved by itself, as Chromium scores it, and what it was. */
  shift: number;
  moved: string[];
}

declare global {
  interface Window {
    seen: Seen;
  }
}

/** Keep account of what moves without the reader's doing, from now on. */
export const watchShifts = (page: Page) =>
  page.evaluate(() => {
    const seen: Seen = { shift: 0, moved: [] };
    window.seen = seen;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as (PerformanceEntry & {
        value: number;
        hadRecentInput: boolean;
        sources: { node: Node | null }[];
      })[]) {
        if (entry.hadRecentInput) continue;
        seen.shift += entry.value;
        for (const { node } of entry.sources)
          seen.moved.push(
            `${entry.value.toFixed(4)} ${node instanceof Element ? node.outerHTML.slice(0, 80) : node?.nodeName}`,
          );
      }
    }).observe({ type: "layout-shift" });
  });
