/* On a desk the heads, the instants and the spans of the list of tasks are read whole: only what may be of any length is cut. */
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
