import { render, screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { jsx, jsxs } from "./jsx-runtime";
import { Link } from "@/components/link";

const turned = "invoice\u202egpj.exe";
const seen = "invoice⟨U+202E⟩gpj.exe";

test("text that turns its direction is shown wherever it stands", () => {
  render(
    <main title={turned} aria-label={turned}>
      {turned}
      <b>{["a ", [turned]]}</b>
      <Link href={`/tasks/${turned}`}>{turned}</Link>
      <input aria-label="typed" defaultValue={turned} />
    </main>,
  );

  const main = screen.getByRole("main", { name: seen });
  expect(main).toHaveAttribute("title", seen);
  expect(main.textContent).toBe(`${seen}a ${seen}${seen}`);
});

test("what is sent, opened and typed is as it was", () => {
  render(
    <>
      <Link href={`/tasks/${turned}`}>open</Link>
      <input aria-label="typed" defaultValue={turned} />
    </>,
  );

  expect(screen.getByRole("link")).toHaveAttribute("href", `/tasks/${turned}`);
  expect(screen.getByRole("textbox")).toHaveValue(turned);
});

test("the built page's own two make elements in the same way, and leave other props the very same", () => {
  const children = ["a", <b key="b">b</b>];
  const props = { children };

  expect(jsx("p", { children: turned }).props).toEqual({ children: seen });
  expect(jsxs("p", { children: [turned, "a"] }).props).toEqual({ children: [seen, "a"] });
  expect((jsxs("p", props).props as typeof props).children).toBe(children);
});
