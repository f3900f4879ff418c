import { execSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect } from "@playwright/test";
import { create, rowOf, test } from "./page";

const restart = process.env.ZONDA_RESTART_BACKEND;
const pidFile = process.env.ZONDA_BACKEND_PID_FILE;

test.use({ tolerated: [/Failed to load resource/] });

test("an open page outlives the backend and shows the truth again", async ({ page }) => {
  test.skip(
    !restart && !pidFile,
    "neither ZONDA_RESTART_BACKEND nor ZONDA_BACKEND_PID_FILE says how to kill the backend",
  );
  const a = Date.now() % 1_000_000_000;
  await page.goto("/");
  await create(page, "add", { a: String(a), b: "1" });
  const row = rowOf(page, `add(a=${a}, b=1)`);
  await expect(row).toContainText("FINISHED");
  const loaded = await page.evaluate(() => performance.timeOrigin);
  const sign = page.locator(".live", { hasText: /^Reconnecting, showing \d\d:\d\d:\d\d/ });
  const said = sign.waitFor({ timeout: 15_000 });

  if (restart) execSync(restart, { stdio: "inherit" });
  else process.kill(Number(readFileSync(pidFile!, "utf8")), "SIGKILL");

  await said;
  await expect(row).toContainText("FINISHED");
  await expect(page.getByText("Live", { exact: true })).toBeVisible({ timeout: 30_000 });
  await create(page, "add", { a: String(a), b: "5" });
  await expect(rowOf(page, `add(a=${a}, b=5)`)).toContainText("FINISHED");
  expect(await page.evaluate(() => performance.timeOrigin)).toBe(loaded);
});
