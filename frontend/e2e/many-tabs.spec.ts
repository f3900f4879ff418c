import {
  type APIRequestContext,
  type BrowserContext,
  type Page,
  type Request,
  expect,
} from "@playwright/test";
import { api, createMany, ownQueue } from "./api";
import { test } from "./page";

/** Milliseconds within which half of the clicks are answered, whatever else there is: one alone says little of a machine with other things to do. */
const ANSWERED = 500;

const CLICKS = 10;

/** As lib/wait-holder.ts has it. */
const MOST_WAITING = 4;

/** What else the machine does comes and goes, and may have begun since one tab was alone; tabs that get in each other's way stay so. */
const PATIENCE = { timeout: 30_000 };

/** The first tab lists tasks too. */
const screens = ["/workers", "/", "/queues", "/", "/failures", "/", "/"];

/** What shows on each screen that one more task has failed; `queue` is that task's own. */
const signs: Record<string, (queue: string) => string> = {
  "/": (queue) => `tr[data-status=FAILED] td[title="${queue}"]`,
  "/workers": () => "td[data-label=Failed]",
  "/queues": (queue) => `a[href="/?queue=${queue}"]`,
  "/failures": () => "td[data-label=Tasks]",
};

/** Milliseconds in which the browser tells of a request that gave way to another. */
const TOLD_WITHIN = 250;

/** The waiting requests of a whole browser: which tabs have some open, and how many waited at once at most. */
function watchWaiting(context: BrowserContext) {
  const open = new Map<Request, Page>();
  const waiting = new Set<Request>();
  let most = 0;
  context.on("request", (request) => {
    if (!request.headers()["prefer"]) return;
    open.set(request, request.frame().page());
    setTimeout(() => {
      if (open.has(request)) waiting.add(request);
      most = Math.max(most, waiting.size);
    }, TOLD_WITHIN);
  });
  const end = (request: Request) => {
    open.delete(request);
    waiting.delete(request);
  };
  context.on("requestfinished", end);
  context.on("requestfailed", end);
  return {
    tabs: () => [...new Set(open.values())],
    most: () => most,
    /** Of a tab that is closed or stuck the browser does not tell how its requests ended. */
    forget: (gone: Page) => open.forEach((page, request) => page === gone && end(request)),
  };
}

async function openScreen(context: BrowserContext, screen: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(screen);
  await expect(page.getByText("Live", { exact: true })).toBeVisible({ timeout: 30_000 });
  return page;
}

/** Let a task fail, and return how long after its end the last of the pages shows it, in milliseconds. */
async function slowestSight(request: APIRequestContext, pages: Page[]): Promise<number> {
  const queue = ownQueue("tabs");
  const sights = await Promise.all(
    pages.map((page) =>
      page.evaluateHandle((selector) => {
        const shown = () => [...document.querySelectorAll(selector)].map((cell) => cell.textContent).join();
        const before = shown();
        const at = new Promise<number>((resolve) => {
          const observer = new MutationObserver(() => {
            if (shown() === before) return;
            observer.disconnect();
            resolve(Date.now());
          });
          observer.observe(document.body, { subtree: true, childList: true, characterData: true });
        });
        return { at };
      }, signs[new URL(page.url()).pathname]!(queue)),
    ),
  );
  const [id] = await createMany(request, [{ name: "flaky", kwargs: { failure_rate: 1 }, queue }]);
  const seen = await Promise.all(sights.map((sight) => sight.evaluate(({ at }) => at)));
  const { task } = await api<{ task: { finishedAt: string } }>(
    request,
    "query ($id: ID!) { task(id: $id) { finishedAt } }",
    { id },
  );
  return Math.max(...seen) - Date.parse(task.finishedAt);
}

/** Follow a link, and return the milliseconds until what it leads to is there. */
async function click(page: Page, link: string, there: string): Promise<number> {
  const elapsed = await page
    .locator(link)
    .first()
    .evaluate(async (element: HTMLElement, there) => {
      const begun = performance.now();
      element.click();
      while (!document.querySelector(there)) await new Promise(requestAnimationFrame);
      return performance.now() - begun;
    }, there);
  await page.goBack();
  return Math.round(elapsed);
}

/** Open a task and choose a filter, again and again. */
async function clicks(page: Page): Promise<number[]> {
  const times = [];
  for (let round = 0; round < CLICKS / 2; round += 1) {
    times.push(await click(page, "tbody th a", ".task-state"));
    times.push(
      await click(page, ".tile.tone-bad", "main:has(.tone-bad[aria-current]) .list[aria-busy=false]"),
    );
  }
  return times;
}

async function sights(request: APIRequestContext, pages: Page[]): Promise<number[]> {
  const times = [];
  for (let round = 0; round < 3; round += 1) times.push(await slowestSight(request, pages));
  return times;
}

const median = (numbers: number[]) => numbers.toSorted((one, other) => one - other)[numbers.length >> 1]!;

/** Ways for a tab to stop waiting for the others. */
const ends: Record<string, (page: Page) => Promise<unknown>> = {
  "is closed": (page) => page.close(),
  "is hidden": (page) =>
    page.evaluate(() => {
      Object.defineProperty(document, "hidden", { value: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }),
  "is stuck": async (page) => {
    const session = await page.context().newCDPSession(page);
    await session.send("Debugger.enable");
    await session.send("Debugger.pause");
  },
};

test("eight tabs of one browser wait together, and the eighth answers a click at once", async ({
  context,
  request,
}) => {
  const waiting = watchWaiting(context);
  await createMany(request, [{ name: "flaky", kwargs: { failure_rate: 1 } }]);
  // How fast it is while nobody else waits, to be told beside it.
  const first = await openScreen(context, "/");
  const alone = { clicks: await clicks(first), sights: await sights(request, [first]) };
  const pages = [first, ...(await Promise.all(screens.map((screen) => openScreen(context, screen))))];

  async function answered(what: string) {
    await expect(async () => {
      const times = await clicks(pages.at(-1)!);
      console.log(`${what} after ${times.join(" ")} ms; by one tab alone ${alone.clicks.join(" ")} ms`);
      expect(median(times)).toBeLessThan(ANSWERED);
    }).toPass(PATIENCE);
  }

  await test.step("a click in the eighth is answered", async () => {
    await answered("clicks were answered");
  });

  await test.step("a change is seen by all eight within a second", async () => {
    await expect(async () => {
      const times = await sights(request, pages);
      console.log(
        `the last saw a change after ${times.join(" ")} ms; one tab alone ${alone.sights.join(" ")} ms`,
      );
      // Eight tabs have eight times as much to paint.
      expect(median(times)).toBeLessThan(Math.max(1_000, 8 * median(alone.sights)));
    }).toPass(PATIENCE);
  });

  await test.step("more questions than may wait take turns", async () => {
    const filters = ["queueing", "finished"];
    // The first one waits for all, and goes on doing so.
    const listing = pages.slice(1, -1).filter((page) => new URL(page.url()).pathname === "/");
    for (const [index, status] of filters.entries()) await listing[index]!.goto(`/?status=${status}`);
    await answered("with six questions clicks were answered");
    await slowestSight(request, [pages[1]!, pages[3]!, pages.at(-1)!]);
  });

  expect(waiting.most()).toBeGreaterThan(1);
  expect(waiting.most()).toBeLessThanOrEqual(MOST_WAITING);
  for (const page of pages) if (new URL(page.url()).search) await page.goto("/");

  for (const [how, end] of Object.entries(ends))
    await test.step(`the others go on when the one that waits ${how}`, async () => {
      let holder: Page | undefined;
      // As it was found: between two questions nobody waits for a moment.
      const holders = () => ([holder] = waiting.tabs());
      await expect.poll(holders).toHaveLength(1);
      await end(holder!);
      waiting.forget(holder!);
      pages.splice(pages.indexOf(holder!), 1);

      const slowest = await slowestSight(request, pages);
      console.log(`the one that waits ${how}: the last of the others saw a change after ${slowest} ms`);
      expect(slowest).toBeLessThan(10_000);
      await expect.poll(() => waiting.tabs()).toHaveLength(1);
      expect(waiting.tabs()).not.toContain(holder);
    });
});
