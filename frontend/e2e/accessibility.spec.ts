import { AxeBuilder } from "@axe-core/playwright";
import { type Page, expect } from "@playwright/test";
import { create, test } from "./page";

const screens: Record<string, (page: Page) => Promise<void>> = {
  async tasks(page) {
    await page.goto("/");
    await create(page, "add", { a: "1", b: "2" });
    await expect(page.getByRole("table", { name: "Tasks" })).toBeVisible();
  },
  async "a filter that matches nothing"(page) {
    await page.goto("/?status=running");
    await expect(page.getByText("Live", { exact: true })).toBeVisible();
  },
  async "a failed task"(page) {
    await page.goto("/");
    await create(page, "flaky", { failure_rate: "1" }, "Create and open");
    await expect(page.getByRole("region", { name: "Traceback of attempt 1" })).toBeVisible();
  },
  async "an unknown task"(page) {
    await page.goto("/tasks/nope");
    await expect(page.getByRole("alert")).toBeVisible();
  },
  async workers(page) {
    await page.goto("/workers");
    await expect(page.getByRole("table", { name: "Workers" })).toBeVisible();
  },
  async "the choice of a task type"(page) {
    await page.goto("/?create=");
    await page.getByRole("combobox", { name: "Task type" }).press("ArrowDown");
    await expect(page.getByRole("option").first()).toBeVisible();
  },
  async "a form with an error and its options open"(page) {
    await page.goto("/?create=sleep");
    await page.getByText("Queue, priority, run at, id").click();
    await page.getByRole("button", { name: "Create", exact: true }).click();
    await expect(page.getByText("Enter a number.")).toBeVisible();
  },
};

for (const colorScheme of ["light", "dark"] as const)
  for (const [name, show] of Object.entries(screens))
    test(`${name}, ${colorScheme}: axe finds nothing`, async ({ page }) => {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await show(page);

      const { violations } = await new AxeBuilder({ page })
        .withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"])
        // The list of a combobox floats beside the dialog that it belongs to; no landmark would help there.
        .disableRules(name.startsWith("the choice") ? ["region"] : [])
        .analyze();

      expect(
        violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`),
      ).toEqual([]);
    });

test("a phone shows cards and never scrolls sideways", async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  for (const show of Object.values(screens)) {
    await show(page);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(overflow).toBeLessThanOrEqual(0);
  }
});
