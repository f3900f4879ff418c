import { expect, test } from "vitest";
import { piecesOf } from "./traceback";

const own = `  File "/srv/shop/orders/tasks.py", line 31, in import_orders
    session.get(url)
    ~~~~~~~~~~~^^^^^`;
const library = `  File "/srv/.venv/lib/python3.13/site-packages/requests/sessions.py", line 602, in get
    return self.request("GET", url, **kwargs)`;
const ofPython = `  File "/usr/lib/python3.13/socket.py", line 864, in create_connection
    raise exceptions[0]`;
const head = "Traceback (most recent call last):";
const error = "ConnectionRefusedError: [Errno 111] Connection refused";

const lines = (...parts: string[]) => parts.join("\n");
const folded = (traceback: string) =>
  piecesOf(traceback).map(({ text, libraryFrames }) => (libraryFrames > 0 ? libraryFrames : text));

test("frames of libraries that follow each other are one piece", () => {
  const traceback = lines(head, own, library, ofPython, error, "");

  expect(folded(traceback)).toEqual([lines(head, own), 2, lines(error, "")]);
});

test("own frames between them stay to be read", () => {
  expect(folded(lines(head, library, own, ofPython, error))).toEqual([head, 1, own, 1, error]);
});

test.each([
  "/opt/python/Lib/site-packages/celery/app.py",
  "/usr/lib/python3/dist-packages/yaml/__init__.py",
  "C:\\Python\\Lib\\site-packages\\yaml\\loader.py",
  "<frozen importlib._bootstrap>",
])("%s is a library's", (file) => {
  expect(folded(lines(head, `  File "${file}", line 1, in f`, error))).toEqual([head, 1, error]);
});

test.each(["/srv/lib/shop/tasks.py", "backend/demo/tasks.py", "<string>", "/srv/site-packages.py"])(
  "%s is one's own",
  (file) => {
    const traceback = lines(head, `  File "${file}", line 1, in f`, error);

    expect(folded(traceback)).toEqual([traceback]);
  },
);

test("a frame repeated, a chain of causes and text of several lines are told in their places", () => {
  const again = "  [Previous line repeated 990 more times]";
  const chain = "\nDuring handling of the above exception, another exception occurred:\n";

  expect(folded(lines(head, library, again, error, chain, head, own, "ValueError: a", "  b"))).toEqual([
    head,
    1,
    lines(error, chain, head, own, "ValueError: a", "  b"),
  ]);
});

test.each([
  lines(head, own, library, ofPython, error, ""),
  library,
  "",
  "\n\n",
  "no traceback\n  | of Python",
])("the pieces are the whole: %j", (traceback) => {
  expect(
    piecesOf(traceback)
      .map(({ text }) => text)
      .join("\n"),
  ).toBe(traceback);
});
