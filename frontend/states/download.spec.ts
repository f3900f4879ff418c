/* What a task wrote and returned, saved as files. */
import { readFile } from "node:fs/promises";
import type { Page } from "@playwright/test";
import { expect, test } from "./fake";

async function saved(page: Page, button: string) {
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: button }).click(),
  ]);
  return { name: download.suggestedFilename(), text: await readFile(await download.path(), "utf8") };
}

test("a log is saved with the instant and the stream of each line", async ({ page, fake }) => {
  await fake.setScene("busy");
  await page.goto(`${fake.address}/tasks/0198-count`);
  await page.getByText("1,850 lines").waitFor();

  const { name, text } = await saved(page, "Download log");

  expect(name).toBe("0198-count-attempt-1.log");
  const lines = text.split("\n");
  expect(lines).toHaveLength(1_851);
  expect(lines[1_849]).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z stdout WARNING at 1850: half of a hundred$/);
  expect(lines[1_850]).toBe("");
});

test("a result is saved whole, its numbers as they are", async ({ page, fake }) => {
  await fake.setScene("busy");
  await page.goto(`${fake.address}/tasks/exact`);

  const { name, text } = await saved(page, "Download result");

  expect(name).toBe("exact-result.json");
  expect(text).toBe('{\n  "big": 12345678901234567890,\n  "float": 5.0\n}\n');
});
