/*
 * Every state of the page, light and dark, on a phone and on a desk, and zoomed to 400 % and 150 %: it comes and is seen, axe finds nothing,
 * nothing is blank or scrolls sideways, and the browser reports no error. ZONDA_PHOTOGRAPHS names a folder for the pictures.
 */
import { expect, test } from "./fake";
import { states } from "./states";
import { violations } from "./violations";
import { bringIntoView, photograph, reports, sizes, themes } from "./walk";

const folder = process.env.ZONDA_PHOTOGRAPHS;

for (const [name, { scene = "busy", path, show, tolerated, unruled }] of Object.entries(states))
  test(name, async ({ page, fake }) => {
    const reported = reports(page, tolerated);
    const picture = (kind: string) => folder && `${folder}/${name.replaceAll(" ", "-")}.${kind}.png`;
    await page.emulateMedia({ reducedMotion: "reduce" });
    await page.setViewportSize(sizes.phone);
    await fake.setScene(scene);
    await page.goto(fake.address + path);
    const sign = await show(page, fake);

    // It came once: what else is asked of it is looked at there, for to bring it about takes longer than to look.
    for (const size of ["phone", "desk"] as const) {
      await page.setViewportSize(sizes[size]);
      expect.soft(await bringIntoView(page, sign), size).toEqual([]);
      for (const colorScheme of themes) {
        const look = `${colorScheme}.${size}`;
        await page.emulateMedia({ colorScheme });
        expect.soft(await violations(page, colorScheme, unruled), look).toEqual([]);
        expect.soft(await photograph(page, picture(look)), look).toEqual([]);
      }
    }
    for (const size of ["zoomed", "between"] as const) {
      await page.setViewportSize(sizes[size]);
      expect.soft(await bringIntoView(page, sign), size).toEqual([]);
      expect.soft(await photograph(page, picture(size)), size).toEqual([]);
    }
    expect(reported).toEqual([]);
  });
