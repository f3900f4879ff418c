import { type Page, expect } from "@playwright/test";
import { createMany, created, ownQueue } from "./api";
import { test } from "./page";

const SECONDS = 5;
const PER_SECOND = 50;

test("two hundred and fifty changes in five seconds are a few words to a screen reader", async ({
  page,
  request,
}) => {
  const queue = ownQueue("announced");
  const echoes = Array.from({ length: PER_SECOND }, (_, value) => ({
    name: "echo",
    kwargs: { value },
    queue,
  }));
  await created(request, "echo", { value: "first" }, queue);
  await page.goto(`/?queue=${queue}`);
  await expect(page.locator("tbody tr[data-status=FINISHED]")).toHaveCount(1);
  // Who reads the list is told what is new, and sees none of it move.
  await page.keyboard.press("j");
  await expect(page.getByRole("rowheader").getByRole("link")).toBeFocused();
  await listen(page);
  const listening = Date.now();

  for (let second = 0; second < SECONDS; second += 1) {
    const began = Date.now();
    await createMany(request, echoes);
    // The pace of the load: nothing is waited for by it.
    await page.waitForTimeout(Math.max(0, began + 1_000 - Date.now()));
  }
  await expect(page.getByRole("button", { name: /^\d+\+? new tasks?$/ })).toBeVisible();
  await expect.poll(async () => (await announced(page)).length).toBeGreaterThan(0);

  const said = (await announced(page)).length;
  // One in a second and a half: a busy machine takes longer to make as many changes.
  const most = Math.max(4, 1 + (Date.now() - listening) / 1_500);
  expect(said).toBeLessThanOrEqual(most);
});

/** Write down what live regions come to say from now on. */
function listen(page: Page) {
  return page.evaluate(() => {
    const LIVE = "[role=status], [role=alert], [role=log], [aria-live]:not([aria-live=off])";
    const heard: string[] = [];
    new MutationObserver((changes) => {
      const regions = new Set(
        changes.map(({ target }) =>
          (target instanceof Element ? target : target.parentElement)?.closest(LIVE),
        ),
      );
      for (const region of regions) if (region?.textContent) heard.push(region.textContent);
    }).observe(document.body, { subtree: true, childList: true, characterData: true });
    Object.assign(globalThis, { heard });
  });
}

function announced(page: Page): Promise<string[]> {
  return page.evaluate(() => (globalThis as unknown as { heard: string[] }).heard);
}
