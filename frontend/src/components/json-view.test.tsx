import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, test } from "vitest";
import { type Json, exactNumber, parseJson, printJson } from "@/lib/json";
import { JsonView } from "./json-view";

const shape = parseJson('{"name":"a","points":[{"x":1,"y":2},{"x":3,"y":4}],"none":[],"nothing":{}}');

function show(value: Json) {
  const { rerender } = render(<JsonView value={value} label="Result" />);
  return {
    user: userEvent.setup(),
    tellAgain: (next: Json) => rerender(<JsonView value={next} label="Result" />),
  };
}

const region = () => screen.getByRole("region", { name: "Result" });
const control = (name: string) => screen.getByRole("button", { name });

describe("a JSON value", () => {
  test.each(["null", "0", '"a"', "[]", "{}", "[[], {}, [1]]", '{"a b":[{"c":[true]}],"":{"d":null}}'])(
    "that fits, %s, is open and reads as it is printed",
    (text) => {
      show(parseJson(text));

      expect(region().textContent).toBe(printJson(parseJson(text), 2));
    },
  );

  test("folds to a line that tells how it begins and how much is in it", async () => {
    const { user } = show(shape);

    await user.click(control("points, list of 2"));

    expect(control("points, list of 2")).toHaveAttribute("aria-expanded", "false");
    expect(region().textContent).toBe(
      [
        "{",
        '  "name": "a",',
        '  "points": [{"x": 1, "y": 2}, {"x": 3, "y": 4}], 2 items',
        '  "none": [],',
        '  "nothing": {}',
        "}",
      ].join("\n"),
    );
    expect(screen.queryByRole("button", { name: "points[1], object of 2" })).toBeNull();

    await user.click(screen.getByText("2 items"));
    expect(region().textContent).toBe(printJson(shape, 2));
  });

  test("has no control where nothing can be folded", () => {
    show(["a", "b"].join());

    expect(screen.getAllByRole("button").map((button) => button.textContent)).toEqual(["Copy"]);
  });

  test("folds and unfolds all but the outermost", async () => {
    const { user } = show(shape);

    await user.click(control("Fold all of result"));
    expect(region()).toHaveTextContent('"points": [{"x": 1, "y": 2}, {"x": 3, "y": 4}], 2 items "none"');

    await user.click(control("Unfold all of result"));
    expect(region().textContent).toBe(printJson(shape, 2));
  });

  test("is walked by the arrows, and is one stop of Tab", async () => {
    const { user } = show(shape);
    await user.tab();
    expect(region()).toHaveFocus();
    await user.tab();
    expect(control("Result, object of 4")).toHaveFocus();

    await user.keyboard("{ArrowDown}{ArrowDown}");
    expect(control("points[0], object of 2")).toHaveFocus();
    await user.keyboard("{ArrowLeft}");
    expect(control("points[0], object of 2")).toHaveAttribute("aria-expanded", "false");
    await user.keyboard("{ArrowLeft}");
    expect(control("points, list of 2")).toHaveFocus();
    await user.keyboard("{Enter}");
    expect(control("points, list of 2")).toHaveAttribute("aria-expanded", "false");
    expect(control("points, list of 2")).toHaveFocus();
    await user.keyboard("{ArrowRight}{ArrowRight}");
    expect(control("points[0], object of 2")).toHaveFocus();
    expect(control("points[0], object of 2")).toHaveAttribute("aria-expanded", "false");
    await user.keyboard("{End}");
    expect(control("points[1], object of 2")).toHaveFocus();
    await user.keyboard("{Home}");
    expect(control("Result, object of 4")).toHaveFocus();

    await user.keyboard("{ArrowDown}");
    await user.tab();
    expect(control("Unfold all of result")).toHaveFocus();
    await user.tab({ shift: true });
    expect(control("points, list of 2")).toHaveFocus();
  });

  test("keeps every digit, also on a folded line", async () => {
    const { user } = show({ big: [exactNumber("12345678901234567890"), exactNumber("5.0")] });

    await user.click(control("big, list of 2"));

    expect(region()).toHaveTextContent('"big": [12345678901234567890, 5.0] 2 items');
  });

  test("is text whatever its keys and values hold", async () => {
    const markup = "<img src=x onerror=alert(1)>";
    const { user } = show({ [markup]: [markup] });
    const name = `["${markup}"], list of 1`;
    expect(region().querySelector("img")).toBeNull();

    await user.click(control(name));

    expect(region()).toHaveTextContent(`"${markup}": ["${markup}"] 1 item`);
    expect(region().querySelector("img")).toBeNull();
  });

  test("stays as the reader has folded it while the same is told anew", async () => {
    const { user, tellAgain } = show(shape);
    await user.click(control("points[0], object of 2"));
    const before = region().textContent;
    const line = control("points[0], object of 2");

    tellAgain(parseJson(printJson(shape)));

    expect(region().textContent).toBe(before);
    expect(control("points[0], object of 2")).toBe(line);
    tellAgain(parseJson('{"points":[{"x":1,"y":2},7]}'));
    expect(region()).toHaveTextContent('{ "points": [ {"x": 1, "y": 2}, 2 keys 7 ] }');
  });

  test("that is large begins with its outer levels, cut, and shows the rest on demand", async () => {
    const value = Array.from({ length: 500 }, () => ({
      text: "a line that is longer than others",
      more: [1, 2, 3],
    }));
    const { user } = show(value);
    expect(control("[0], object of 2")).toHaveAttribute("aria-expanded", "false");
    expect(region()).toHaveTextContent(/^\[ \{"text": "a line that is longer than others"/);
    expect(region().textContent.length).toBeLessThanOrEqual(20_000);

    await user.click(
      screen.getByRole("button", { name: `Show all ${commas(printJson(value, 2).length)} characters` }),
    );

    expect(region().textContent).toBe(printJson(value, 2));
    expect(region().querySelectorAll("[aria-expanded=true]")).toHaveLength(1_001);
    expect(region()).toHaveFocus();
  });

  test("of three megabytes draws only what is shown, and the whole as mere text", async () => {
    const row = { text: "a line of a long result", more: [1, 2, 3], ok: true };
    const value = Array.from({ length: 30_000 }, () => row);
    const { user } = show(value);
    const drawn = () => region().querySelectorAll("*").length;
    expect(drawn()).toBeLessThan(2_000);

    await user.click(screen.getByRole("button", { name: /^Show all/ }));
    expect(region().textContent === printJson(value, 2)).toBe(true);
    expect(drawn()).toBe(0);

    await user.click(control("Fold all of result"));
    expect(control("[0], object of 3")).toHaveAttribute("aria-expanded", "false");
    expect(drawn()).toBeLessThan(2_000);
  });
});

function commas(number: number): string {
  return number.toLocaleString("en");
}
