import { expect, test } from "vitest";
import { frameCases } from "@/testing/frames";
import { areOwn, piecesOf } from "./traceback";

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

test.each(frameCases)("$what", ({ frames }) => {
  const files = Object.keys(frames);

  expect(areOwn(files)).toEqual(Object.values(frames));
});

test("the way on which a function was told to end is one piece with what it was in", () => {
  const interrupts = ["workers/interrupts", "backend/tasks/execution", "backend/tasks/interruptions"].map(
    (file) => `  File "/srv/zonda/${file}.py", line 66, in it\n    self.tell(why)\n    ~~~~~~~~~^^^^^`,
  );
  const timedOut = "backend.tasks.interruptions.TaskTimedOut: The task has run as long as it may.";

  expect(folded(lines(head, own, library, ...interrupts, timedOut))).toEqual([lines(head, own), 4, timedOut]);
});

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
