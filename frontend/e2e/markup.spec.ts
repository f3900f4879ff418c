import { type Page, expect } from "@playwright/test";
import { api, created, ownQueue } from "./api";
import { test } from "./page";

/** What a worker, its host and a task that was rejected are called; tests/browser/test_page.py names them. */
const markup = process.env.ZONDA_MARKUP;
/** A row may cut the rest, and a kind of failure has no numbers. */
const BEGINNING = "<img src=x onerror=alert(";

test.skip(!markup, "ZONDA_MARKUP does not say what things are named");

// What the browser reports fails the test too, on any screen: an error, a breach of the policy, a dialog (page.ts).
test("markup is text on every screen, wherever it comes from", async ({ page, request }) => {
  const queue = ownQueue("markup");
  const said = await created(request, "say", { text: markup }, queue);
  const failed = await created(request, "fail", { text: markup }, queue);
  const returned = await created(request, "echo", { value: { [markup!]: [markup] } }, queue);
  await expect
    .poll(async () => (await api<Ended>(request, ENDED, { queue })).tasks.counts, { timeout: 30_000 })
    .toEqual({ finished: 2, failed: 1 });
  await api(
    request,
    "mutation ($queue: String!, $reason: String) { pauseQueue(name: $queue, reason: $reason) { name } }",
    {
      queue,
      reason: markup,
    },
  );
  const paused = await created(request, "say", { text: markup }, queue);
  await page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) =>
      console.error(`the policy's ${violatedDirective} stopped ${blockedURI}`),
    );
  });

  const escaped = encodeURIComponent(markup!);
  for (const [path, ...places] of [
    [`/?queue=${queue}`, "main"],
    [`/?name=${escaped}&q=${escaped}`, ".pills"],
    [`/tasks/${said}`, "[role=region][aria-label^=Log]", "[role=region][aria-label=Result]"],
    [`/tasks/${failed}`, "[role=region][aria-label^=Error]", "[role=region][aria-label^=Traceback]"],
    [`/tasks/${returned}`, "[role=region][aria-label=Arguments]"],
    [`/tasks/${paused}`, ".task-waiting"],
    ["/tasks/named-by-markup", "h1"],
    [`/tasks/${encodeURIComponent(BEGINNING)}`, "[role=alert]"],
    ["/failures", "main"],
    ["/workers", "main"],
    ["/queues", "main"],
    ["/types", "main"],
    ["/?create=say", "[role=dialog]"],
    [`/?create=${escaped}`, "[role=dialog]"],
    [`/?create=say&from=${said}`, "[role=dialog]"],
  ] as const)
    await test.step(path, async () => {
      await page.goto(path);
      for (const place of places) await expect(page.locator(place).first()).toContainText(BEGINNING);
      expect(await live(page)).toEqual([]);
    });
});

test("text that turns its direction is seen as it is, wherever it comes from", async ({ page, request }) => {
  const queue = ownQueue("turned");
  const turned = "invoice\u202egpj.exe\u202c";
  const said = await created(request, "say", { text: turned }, queue);
  const failed = await created(request, "fail", { text: turned }, queue);
  await expect
    .poll(async () => (await api<Ended>(request, ENDED, { queue })).tasks.counts, { timeout: 30_000 })
    .toEqual({ finished: 1, failed: 1 });

  for (const path of [
    `/?queue=${queue}`,
    `/tasks/${said}`,
    `/tasks/${failed}`,
    "/failures",
    `/?create=${turned}`,
    `/?queue=${turned}`,
  ])
    await test.step(path, async () => {
      await page.goto(path);
      await expect(page.locator("body")).toContainText(/invoice(⟨U\+202E⟩|\\u202e)gpj\.exe/);
      expect(await page.locator("body").innerText()).not.toMatch(/[\u202a-\u202e]/);
    });
  await page.goto(`/tasks/${said}`);
  const { task } = await api<{ task: { kwargs: object } }>(
    request,
    "query ($id: ID!) { task(id: $id) { kwargs } }",
    { id: said },
  );
  await expect(page.getByRole("region", { name: "Arguments" })).toContainText("\\u202e");
  expect(task.kwargs).toEqual({ text: turned });
});

test("the policy lets no inline script run, and no script of others", async ({ request }) => {
  const policy = (await request.get("/")).headers()["content-security-policy"] ?? "";

  expect(policy).toMatch(/script-src 'self'(;|$)/);
  expect(policy).not.toContain("unsafe");
});

/** Elements and attributes that only markup of somebody's can have brought. */
function live(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll("*")]
      .filter(
        (element) =>
          element.matches("img, a[href^='javascript:' i], script:not([src^='/assets/'])") ||
          element.getAttributeNames().some((name) => name.startsWith("on")),
      )
      .map(({ outerHTML }) => outerHTML),
  );
}

const ENDED = "query ($queue: [String!]) { tasks(filter: {queue: $queue}) { counts { finished failed } } }";

interface Ended {
  tasks: { counts: { finished: number; failed: number } };
}
