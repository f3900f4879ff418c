import { expect } from "@playwright/test";
import { test } from "./page";

test("a task is created and opened from the palette, without a mouse", async ({ page }) => {
  await page.goto("/workers");
  await expect(page.getByText("Live", { exact: true })).toBeVisible();
  const commands = page.getByRole("combobox", { name: "Search commands" });
  await page.keyboard.press("Control+k");
  await expect(commands).toBeFocused();
  await page.keyboard.type("create add");
  await expect(page.getByRole("option", { name: "Create add" })).toBeVisible();
  await page.keyboard.press("Enter");

  await expect(page.getByRole("textbox", { name: /^a\b/ })).toBeFocused();
  await page.keyboard.type("40");
  await page.getByRole("textbox", { name: /^b\b/ }).fill("2");
  await page.getByRole("button", { name: "Create and open" }).click();
  await expect(page.getByRole("region", { name: "Result" })).toHaveText("42");
  const task = new URL(page.url());

  await page.keyboard.press("Control+k");
  await expect(commands).toBeFocused();
  await page.keyboard.type("queues");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Queues" })).toBeVisible();
  await page.keyboard.press("Control+k");
  await commands.fill(task.href);
  await page.keyboard.press("Enter");

  await expect(page).toHaveURL(task.pathname);
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await expect(page.getByRole("heading", { level: 1 })).toBeFocused();
});

test("the palette gives the focus back to where it was", async ({ page }) => {
  await page.goto("/queues");
  const button = page.getByRole("button", { name: "Commands" });
  await button.click();
  await expect(page.getByRole("combobox", { name: "Search commands" })).toBeFocused();
  await page.keyboard.press("Escape");

  await expect(page.getByRole("dialog")).toHaveCount(0);
  await expect(button).toBeFocused();
});
