/* The pictures of the README, made anew: docs/tasks.png, docs/task.png, docs/create.png. */
import { fileURLToPath } from "node:url";
import type { Page } from "@playwright/test";
import { expect, test } from "../states/fake";

/** Bytes: a README is also read over a slow line. */
const MOST = 120_000;

interface Picture {
  path: string;
  theme: "light" | "dark";
  size: { width: number; height: number };
  /** Of all that is in view, this with a margin around it; all without. */
  only?: string;
  show: (page: Page) => Promise<void>;
}

const pictures: Record<string, Picture> = {
  tasks: {
    path: "/",
    theme: "light",
    size: { width: 1280, height: 620 },
    show: (page) => page.getByRole("row", { name: /import_orders/ }).waitFor(),
  },
  task: {
    path: "/?name=import_orders",
    theme: "dark",
    size: { width: 1060, height: 996 },
    async show(page) {
      await page.getByRole("link", { name: /^import_orders/ }).click();
      await page.getByText("kept for a look by hand").waitFor();
    },
  },
  create: {
    path: "/?create=report",
    theme: "light",
    size: { width: 1200, height: 1000 },
    only: "[role=dialog]",
    async show(page) {
      await page.getByRole("textbox", { name: /^month/ }).fill("2026-11");
      await page.getByRole("button", { name: "Add a row to send_to" }).click();
      await page.keyboard.type("noor@example.com");
      await page.getByRole("switch", { name: /^compared/ }).click();
    },
  },
};

for (const [name, { path, theme, size, only, show }] of Object.entries(pictures))
  test(name, async ({ page, fake }) => {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
    await page.setViewportSize(size);
    await fake.setScene("day");
    await page.goto(fake.address + path);
    await show(page);
    const file = fileURLToPath(new URL(`../../docs/${name}.png`, import.meta.url));
    const clip = only && (await around(page, only));
    const picture = await page.screenshot({ path: file, caret: "hide", ...(clip && { clip }) });
    expect(picture.length, `the bytes of ${file}`).toBeLessThan(MOST);
  });

const MARGIN = 48;

/** The part of the page where this is, with a margin. */
async function around(page: Page, selector: string) {
  const { x, y, width, height } = (await page.locator(selector).boundingBox())!;
  return { x: x - MARGIN, y: y - MARGIN, width: width + 2 * MARGIN, height: height + 2 * MARGIN };
}
