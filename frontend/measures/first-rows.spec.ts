/*
 * How soon a browser shows the rows of a list: from the start of the navigation until the frame with the first of them is painted.
 * `./RUN.sh bench page` asks, with a million tasks in the record:
 *   ZONDA_RUNS     how many times each list is opened (default 3)
 *   ZONDA_FIGURES  the file for what is found: { list: { spans: milliseconds of each run, rows: the most in the document } }
 */
import { writeFileSync } from "node:fs";
import { type Page, expect, test } from "@playwright/test";

declare global {
  interface Window {
    rowsPainted: Promise<number>;
  }
}

const RUNS = Number(process.env.ZONDA_RUNS ?? "3");
/** What a window of 1280 × 800 needs, and some more to scroll into. */
const MOST_ROWS = 150;

const lists = {
  "newest tasks, never opened before": { path: "/", known: false },
  "newest tasks, opened before": { path: "/", known: true },
  "failed tasks": { path: "/?status=failed", known: false },
  "a queue's tasks by their end": { path: "/?queue=mail&sort=ended", known: false },
  "a name's tasks that finished": { path: "/?name=send_mail&status=finished", known: false },
};

/** Before anything of the page: whoever awaits it is told when the first row is painted, on the clock that the navigation started. */
function watchRows() {
  window.rowsPainted = new Promise((resolve) => {
    const look = () => {
      // The frame that this is the beginning of is painted before the next task.
      if (document.querySelector("tbody tr th a")) setTimeout(() => resolve(performance.now()));
      else requestAnimationFrame(look);
    };
    look();
  });
}

async function opened(page: Page, path: string): Promise<number> {
  await page.goto(path, { waitUntil: "commit" });
  return page.evaluate(() => window.rowsPainted);
}

test("lists of tasks", async ({ browser }, { project }) => {
  test.setTimeout(60_000 + RUNS * 60_000);
  const figures: Record<string, { spans: number[]; rows: number }> = {};
  for (const [name, { path, known }] of Object.entries(lists)) {
    const figure = { spans: [] as number[], rows: 0 };
    figures[name] = figure;
    for (let run = 0; run < RUNS; run += 1) {
      // Nothing of the page is kept from one context to the next.
      const context = await browser.newContext({
        baseURL: project.use.baseURL!,
        viewport: project.use.viewport!,
      });
      const page = await context.newPage();
      await page.addInitScript(watchRows);
      if (known) await opened(page, path);
      figure.spans.push(await opened(page, path));
      const rows = await page.locator("tbody tr").count();
      figure.rows = Math.max(figure.rows, rows);
      await context.close();
    }
    expect(figure.rows, name).toBeLessThan(MOST_ROWS);
  }
  if (process.env.ZONDA_FIGURES) writeFileSync(process.env.ZONDA_FIGURES, JSON.stringify(figures));
  else console.log(figures);
});
