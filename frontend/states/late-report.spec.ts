/* What is below the head of a task comes in a file of its own: the page says that it does not come, and has it once it does. */
import { expect, test } from "./fake";

test("a task whose file does not come says so, and is shown whole once it does", async ({ page, fake }) => {
  let refused = 0;
  let refuses = true;
  await page.route(/task-report-[^/]*\.js$/, async (route) => {
    if (!refuses) return route.continue();
    refused += 1;
    await route.abort("connectionfailed");
  });
  await fake.setScene("busy");
  await page.goto(`${fake.address}/tasks/0198-count`);

  await expect(page.getByRole("heading", { level: 1 })).toContainText("count");
  await expect(page.getByRole("alert")).toBeVisible();
  await expect.poll(() => refused).toBeGreaterThan(2);
  refuses = false;

  await expect(page.getByText("1,850 lines")).toBeVisible();
  await expect(page.getByRole("alert")).toHaveCount(0);
});
