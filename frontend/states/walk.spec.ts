/* That the walk finds what it looks for: each fault is put on a page and found there, and no state that is demanded is missing. */
import { expect, test } from "./fake";
import { states } from "./states";
import { photograph, reports, sizes, themes, violations } from "./walk";

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

for (const [size, viewport] of Object.entries(sizes))
  test(`${size}: a blank page is found, and one that scrolls sideways`, async ({ page }) => {
    await page.setViewportSize(viewport);

    await page.setContent("<main></main>");
    expect(await photograph(page)).toEqual(["is blank", "is without a word"]);

    const wide = `<div style="width: ${viewport.width + 1}px">${"Zonda ".repeat(200)}</div>`;
    await page.setContent(`<body style="margin: 0"><main>${wide}</main>`);
    expect(await photograph(page)).toEqual(["scrolls sideways by 1 px"]);
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
});
