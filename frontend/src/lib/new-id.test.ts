import { expect, test } from "vitest";
import { newId } from "./new-id";

test("a new id is a UUID of version 7", () => {
  expect(newId()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test("ids begin with their millisecond, so that later ones sort later", () => {
  expect(newId(0x0123456789ab).slice(0, 13)).toBe("01234567-89ab");
  expect(newId(1_000) < newId(2_000)).toBe(true);
});

test("two ids of one millisecond differ", () => {
  expect(newId(1)).not.toBe(newId(1));
});
