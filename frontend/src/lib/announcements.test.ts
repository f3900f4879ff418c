import { expect, test } from "vitest";
import { Gathering } from "./announcements";

test("what comes within a quarter of a second is said together, of each source the latest", () => {
  const gathering = new Gathering();

  gathering.put("selection", "1 selected", 0);
  gathering.put("sign", "Paused", 100);
  gathering.put("selection", "2 selected", 200);

  expect(gathering.due()).toBe(450);
  expect(gathering.take(450)).toBe("Paused. 2 selected.");
  expect(gathering.due()).toBeNull();
});

test("one is heard before the next", () => {
  const gathering = new Gathering();
  gathering.put("sign", "Paused", 0);
  gathering.take(250);

  gathering.put("sign", "Live", 300);

  expect(gathering.due()).toBe(1_750);
});

test("what never rests is said all the same", () => {
  const gathering = new Gathering();
  let now = 0;

  for (; now < 3_000 && (gathering.due() ?? Infinity) > now; now += 100)
    gathering.put("count", `${now} new`, now);

  expect(now).toBe(1_500);
  expect(gathering.take(now)).toBe("1400 new.");
});

test("what holds no longer is not said, nor anything twice", () => {
  const gathering = new Gathering();

  gathering.put("dialog", "Working…", 0);
  gathering.put("id", "Copied", 10);
  gathering.put("log", "Copied", 20);
  gathering.put("dialog", "", 30);

  expect(gathering.take(300)).toBe("Copied.");
  gathering.put("dialog", "Working…", 3_000);
  gathering.put("dialog", "", 3_010);
  expect(gathering.due()).toBeNull();
});
