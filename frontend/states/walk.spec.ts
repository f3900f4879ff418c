/* That the walk finds what it looks for: each fault is put on a page and found there, and no state that is demanded is missing. */
import { expect, test } from "./fake";
import { states } from "./states";
import { violations } from "./violations";
import { bringIntoView, photograph, reports, sizes, themes } from "./walk";

/** What must be looked at, each with the state that shows it; less motion is asked for by states.spec.ts, and proved by wishes.spec.ts. */
const demanded = {
  "first start without a worker": "first start without a worker",
  "no tasks": "no tasks",
  "a filter that matches nothing": "a filter that matches nothing",
  "loading: a skeleton, and words after 2 s": "loading",
  "the server gone": "the server is gone",
  "and back": "the server is back",
  "a link to an unknown task": "an unknown task",
  forbidden: "forbidden",
  "100,000 rows": "100,000 tasks",
  "a result of 3 MB": "a result of 3 MB",
  "a name and a result full of markup": "a task full of markup",
};

const UNLABELLED = "<input>";
const PALE = `<p style="color: #aaa; background: #fff">Pale</p>`;

test("no state that is demanded is missing", () => {
  expect(Object.keys(states)).toEqual(expect.arrayContaining(Object.values(demanded)));
  expect(sizes.phone.width).toBe(360);
  expect(sizes.zoomed).toEqual({ width: 1280 / 4, height: 1024 / 4 });
  expect(themes).toContain("dark");
});

test("a state that does not come is found", async ({ page }) => {
  page.setDefaultTimeout(1);
  const nothing = { setScene: () => Promise.resolve() };

  const came: string[] = [];
  for (const [name, { show }] of Object.entries(states))
    await show(page, nothing).then(
      () => came.push(name),
      () => {},
    );

  expect(came).toEqual([]);
});

test("a violation is found, and in the dark one of the colours", async ({ page }) => {
  await page.setContent(
    `<html lang="en"><title>Faults</title><main><h1>Faults</h1>${UNLABELLED}${PALE}</main></html>`,
  );

  const label = expect.stringMatching(/^label: <input>$/) as unknown;
  const contrast = expect.stringMatching(/^color-contrast: <p/) as unknown;
  expect(await violations(page, "light")).toEqual([contrast, label]);
  expect(await violations(page, "light", ["color-contrast"])).toEqual([label]);
  expect(await violations(page, "dark")).toEqual([contrast]);
});

test("of texts that look alike one is looked at, wherever another look differs", async ({ page }) => {
  const pale = (text: string) => expect.stringContaining(`>${text}</`) as unknown;
  const show = (content: string) =>
    page.setContent(`<html lang="en"><title>Faults</title><main><h1>Faults</h1>${content}</main></html>`);

  await show("<p>Dark</p><p>Dark too</p>");
  expect(await violations(page, "light")).toEqual([]);
  await show(`<p>Dark</p><p style="color: #aaa">Pale</p>`);
  for (const theme of themes) expect(await violations(page, theme)).toEqual([pale("Pale")]);
  await show(`<div style="background: #666"><p>On grey</p></div>`);
  expect(await violations(page, "dark")).toEqual([pale("On grey")]);
  await show(`<div style="opacity: 0.5"><p>Dimmed</p></div>`);
  expect(await violations(page, "dark")).toEqual([pale("Dimmed")]);

  const cover = `<div style="position: absolute; inset: 0; background: white"></div>`;
  await show(`<div style="position: relative; color: #aaa"><p>Under a cover</p>${cover}</div>
    <div style="position: relative; color: #aaa"><p>Seen</p></div>`);
  expect(await violations(page, "dark")).toEqual([pale("Seen")]);

  const rows = Array.from({ length: 20 }, (_, at) => `<tr><td class="${at === 19 ? "last" : ""}">Row`);
  await show(`<style>.last { color: #aaa }</style><table>${rows.join("")}</table>`);
  expect(await violations(page, "dark")).toEqual([pale("Row")]);
});

for (const [size, viewport] of Object.entries(sizes))
  test(`${size}: a blank page is found, and one that scrolls sideways`, async ({ page }) => {
    await page.setViewportSize(viewport);

    await page.setContent("<main></main>");
    expect(await photograph(page)).toEqual(["is blank", "is without a word"]);

    const wide = `<div style="width: ${viewport.width + 1}px">${"Zonda ".repeat(200)}</div>`;
    await page.setContent(`<body style="margin: 0"><main>${wide}</main>`);
    expect(await photograph(page)).toEqual(["scrolls sideways by 1 px"]);

    // A dialog that scrolls by itself leaves the page as wide as it was.
    const inner = `<div style="width: 301px">${"Zonda ".repeat(2_000)}</div>`;
    const part = (style: string) =>
      `<div class="part" style="width: 300px; height: 200px; ${style}">${inner}</div>`;
    await page.setContent(`<main>${part("overflow: auto; scrollbar-width: none")}</main>`);
    expect(await photograph(page)).toEqual(["div.part scrolls sideways by 1 px"]);
    await page.setContent(`<main>${part("overflow: auto; overscroll-behavior-x: contain")}</main>`);
    expect(await photograph(page)).toEqual([]);
    await page.setContent(`<main>${part("overflow: hidden")}</main>`);
    expect(await photograph(page)).toEqual([]);
  });

test("what shows a state is brought into view, and found where it cannot be", async ({ page }) => {
  const cannot = ["what shows the state cannot be seen"];
  const look = async (content: string) => {
    await page.setContent(`<body style="margin: 0; padding-bottom: 2000px">${content}`);
    return bringIntoView(page, page.locator("b"));
  };

  expect(await look(`<p><b>Here</b></p>`)).toEqual([]);
  expect(await page.evaluate(() => scrollY)).toBe(0);
  expect(await look(`<p style="margin-top: 1500px"><b>Far down</b></p>`)).toEqual([]);
  expect(await page.evaluate(() => scrollY)).toBeGreaterThan(0);
  expect(await look(`<b style="display: none">Hidden</b>`)).toEqual(cannot);
  expect(
    await look(`<b>Covered</b><div style="position: fixed; inset: 0; background: white"></div>`),
  ).toEqual(cannot);
});

test("what the browser reports is found, but for what is tolerated", async ({ page }) => {
  const reported = reports(page, ["a tolerated"]);

  await page.evaluate(() => {
    console.error("an error");
    console.error("a tolerated error");
    console.warn("a warning");
    setTimeout(() => {
      throw new Error("thrown");
    });
  });

  await expect.poll(() => reported).toEqual(["an error", "thrown"]);
  await page.evaluate(() => alert("obeyed"));
  expect(reported.at(-1)).toBe("a dialog: obeyed");
});
