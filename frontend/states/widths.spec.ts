/* What is read whole at which width. On a desk the heads, the instants and the spans of the list of tasks are read whole: only what may be of any length is cut. */
import { expect, test } from "./fake";

test("no head, no instant and no span is cut on a desk", async ({ page, fake }) => {
  await fake.setScene("busy");
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.goto(fake.address);
  const cells = page.locator(
    "td:is([data-label=Created], [data-label=Waited], [data-label=Ran]), thead th:not(.cell-select)",
  );
  await expect(cells.filter({ hasText: /^11\d min ago$/ })).not.toHaveCount(0);

  const cut = await cells.evaluateAll((all) =>
    all
      .filter((cell) => {
        // The actions of a row lie over its last cell.
        const text = cell.querySelector("time")?.firstChild ?? cell.firstChild!;
        const range = document.createRange();
        range.selectNodeContents(text);
        const room = cell.getBoundingClientRect().right - parseFloat(getComputedStyle(cell).paddingRight);
        return range.getBoundingClientRect().right > room;
      })
      .map((cell) => cell.textContent),
  );

  expect(cut).toEqual([]);
});

test("what a tile says of the last minutes is read whole, at every width", async ({ page, fake }) => {
  await fake.setScene("full");
  await page.goto(fake.address);
  await expect(page.locator(".tile-line")).toHaveCount(4);
  for (const width of [320, 360, 411, 412, 761, 853, 900, 901, 1000, 1259, 1260, 1280]) {
    await page.setViewportSize({ width, height: 800 });
    const cut = await page.locator(".tile-words").evaluateAll((all) =>
      all
        .filter((each) => {
          // As many as there may well be.
          each.textContent = `123,456 ${each.textContent.split(" ").slice(1).join(" ")}`;
          return each.scrollWidth > each.clientWidth || each.scrollHeight > each.clientHeight;
        })
        .map((each) => each.textContent),
    );
    expect(cut, String(width)).toEqual([]);
  }
});

test("no number of the charts is out of sight on a phone", async ({ page, fake }) => {
  await fake.setScene("busy");
  await page.goto(`${fake.address}/?chart=24h`);
  const numbers = page.locator(".numbers");
  for (const each of [0, 1]) await numbers.nth(each).locator("summary").click();
  await expect(numbers.nth(1).getByRole("columnheader", { name: "95 % ran at most" })).toBeAttached();

  for (const width of [361, 360, 320]) {
    await page.setViewportSize({ width, height: 740 });
    const beyond = await numbers.evaluateAll((all) => all.map((each) => each.scrollWidth - each.clientWidth));
    expect.soft(beyond, `${width} px`).toEqual([0, 0]);
  }
});
