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
  async "a filter with its suggestions"(page) {
    await page.goto("/?status=finished&q=add&created=2026-01-01T00:00:00Z..");
    await expect(page.getByText("Live", { exact: true })).toBeVisible();
    await page.keyboard.press("/");
    await page.keyboard.type(" qu");
    await expect(page.getByRole("option", { name: /^queue:/ })).toBeVisible();
    // Until its rows are there, the list of the filter before stands dimmed.
    await expect(page.getByText("No task fits everything")).toBeVisible();
  },
  async "selected rows"(page) {
    await page.goto("/");
    await page
      .getByRole("checkbox", { name: /^Select \w+\(/ })
      .first()
      .check();
    await expect(page.getByRole("button", { name: /^Delete/ })).toBeVisible();
    await page.locator("tbody tr").last().hover();
  },
  async "the question before something is done to many"(page) {
    await page.goto("/?status=finished,failed");
    await page
      .getByRole("checkbox", { name: /^Select \w+\(/ })
      .first()
      .check();
    await page.getByRole("button", { name: /^Delete/ }).click();
    await expect(page.getByRole("alertdialog")).toBeVisible();
  },
  async "a running task with its log"(page) {
    await page.goto("/");
    await create(page, "count_to", { n: "12", pause: "0.1" }, "Create and open");
    await expect(page.getByRole("region", { name: "Log of attempt 1" })).toContainText("2 of 12");
  },
  async "the question before a queue is paused"(page) {
    await page.goto("/queues");
    await page.getByRole("button", { name: "Pause default" }).click();
    await expect(page.getByRole("textbox", { name: "Reason" })).toBeFocused();
  },
  async queues(page) {
    await page.goto("/queues");
    await expect(page.getByRole("table", { name: "Queues" })).toBeVisible();
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
    await page.getByText(/^Options/).click();
    await page.getByRole("button", { name: "Create", exact: true }).click();
    await expect(page.getByText("Enter a number.")).toBeVisible();
  },
};

/** While the list of a combobox is open, it floats beside what it belongs to, and the library hides the rest of the page. */
function tolerated(name: string): string[] {
  if (name.startsWith("the choice")) return ["region"];
  return name.includes("suggestions") ? ["region", "aria-hidden-focus", "page-has-heading-one"] : [];
}

for (const [name, show] of Object.entries(screens))
  test(`${name}: axe finds nothing in light and dark, and a phone never scrolls sideways`, async ({
    page,
  }) => {
    await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
    await show(page);

    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      const { violations } = await new AxeBuilder({ page })
        .withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"])
        .disableRules(tolerated(name))
        .analyze();
      expect(
        violations.map(
          ({ id, nodes }) => `${colorScheme} ${id}: ${nodes.map(({ html }) => html).join(" | ")}`,
        ),
      ).toEqual([]);
    }

    await page.setViewportSize({ width: 360, height: 740 });
    await expect
      .poll(() => page.evaluate(() => document.documentElement.scrollWidth - innerWidth))
      .toBeLessThanOrEqual(0);
  });
