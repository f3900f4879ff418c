import { describe, expect, test } from "vitest";
import { exactNumber, isNumber, isObject, parseJson, printInline, printJson, sameJson } from "./json";

describe("JSON", () => {
  test.each(["12345678901234567890", "5.0", "-0", "1e400", "0.1", "3", "-17"])(
    "keeps the number %s as it was written",
    (text) => expect(printJson(parseJson(text))).toBe(text),
  );

  test("keeps every number within a value", () => {
    const text = '{"big":9007199254740993,"list":[5.0,1]}';

    expect(printJson(parseJson(text))).toBe(text);
  });

  test("gives ordinary numbers as numbers", () => {
    expect(parseJson("[1,2.5]")).toEqual([1, 2.5]);
  });

  test("takes a key that names the prototype as any other", () => {
    const value = parseJson('{"__proto__":{"polluted":1}}');

    expect(printJson(value)).toBe('{"__proto__":{"polluted":1}}');
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });

  test("is refused when it is none", () => {
    expect(() => parseJson("{a: 1}")).toThrow(SyntaxError);
  });

  test("stands on one line for people", () => {
    expect(printInline({ a: 1, b: ["x", null, { c: true }] })).toBe(
      '{"a": 1, "b": ["x", null, {"c": true}]}',
    );
  });

  test("is cut on that line where it grows too long", () => {
    expect(printInline({ a: [1, 2, 3, 4] }, 10)).toBe('{"a": [1, …');
    expect(printInline("x".repeat(100), 5)).toBe('"xxxx…');
    expect(printInline([1, 2], 6)).toBe("[1, 2]");
  });

  test("tells a number kept as text from an object", () => {
    const big = exactNumber("12345678901234567890");

    expect(isNumber(big)).toBe(true);
    expect(isObject(big)).toBe(false);
  });

  test("is the same when it prints the same", () => {
    expect(sameJson({ a: [1] }, { a: [1] })).toBe(true);
    expect(sameJson(exactNumber("1.0"), 1)).toBe(false);
  });
});
