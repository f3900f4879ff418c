import { act, fireEvent, screen, waitFor, within } from "@testing-library/react";
import { describe, expect, test } from "vitest";
import { exactNumber, parseJson } from "@/lib/json";
import { renderPage } from "@/testing/render-page";
import { aTask, aWorker, anAttempt, at, logLines } from "@/testing/task-factory";

/** As a double click would. */
function mark(element: Element) {
  act(() => {
    getSelection()?.selectAllChildren(element);
    fireEvent(document, new Event("selectionchange"));
  });
}

describe("a task", () => {
  test("shows its error, arguments and traceback, those of the attempt that is chosen", async () => {
    const failed = {
      outcome: "FAILED",
      error: "Unlucky: no",
      traceback: "Traceback (most recent call last):\nUnlucky: no",
    };
    const { user } = renderPage("/tasks/t", (server) => {
      server.tasks = [
        aTask.failed({
          id: "t",
          kwargs: { failure_rate: 1 },
          error: "Unlucky: no",
          attempts: [
            anAttempt({ ...failed, error: "Unlucky: the first" }),
            anAttempt({ ...failed, number: 2, worker: "W2" }),
          ],
        }),
      ];
    });

    expect(await screen.findByRole("heading", { level: 1, name: "flaky(failure_rate=1)" })).toBeVisible();
    expect(screen.getByRole("region", { name: "Arguments" })).toHaveTextContent('{ "failure_rate": 1 }');
    expect(screen.getByRole("heading", { name: "Attempt 2 on W2: failed" })).toBeVisible();
    expect(screen.getByRole("region", { name: "Error of attempt 2" })).toHaveTextContent(/^Unlucky: no$/);
    expect(screen.getByRole("region", { name: "Traceback of attempt 2" })).toHaveTextContent("Traceback");

    await user.click(screen.getByRole("button", { name: /^Attempt 1/ }));

    expect(screen.getByRole("heading", { name: "Attempt 1 on W1: failed" })).toBeVisible();
    expect(screen.getByRole("region", { name: "Error of attempt 1" })).toHaveTextContent(
      "Unlucky: the first",
    );
    expect(screen.queryByRole("region", { name: /^Error of attempt 2/ })).toBeNull();
  });

  test("folds the frames of libraries, and copies them with the rest", async () => {
    const library = `  File "/venv/lib/python3.13/site-packages/dice.py", line 2, in throw\n    land()\n`;
    const traceback = `Traceback (most recent call last):\n${library.repeat(3)}Unlucky: no\n`;
    const { user } = renderPage("/tasks/t", (server) => {
      const attempts = [anAttempt({ outcome: "FAILED", error: "Unlucky: no", traceback })];
      server.tasks = [aTask.failed({ id: "t", error: "Unlucky: no", attempts })];
    });
    const fold = await screen.findByText("… 3 frames of libraries");
    expect(screen.getAllByText(/dice\.py/)[0]).not.toBeVisible();

    await user.click(fold);

    expect(screen.getByText(/dice\.py/)).toBeVisible();
    await user.click(screen.getByRole("button", { name: "Copy traceback" }));
    expect(await navigator.clipboard.readText()).toBe(traceback);
  });

  test("says what it failed with when no attempt did", async () => {
    renderPage("/tasks/t", (server) => {
      const attempts = [anAttempt({ outcome: "LOST" })];
      server.tasks = [aTask.failed({ id: "t", reason: "LOST", error: "The worker W1 was lost.", attempts })];
    });

    expect(await screen.findByRole("region", { name: "Error" })).toHaveTextContent("The worker W1 was lost.");
    expect(screen.queryByRole("region", { name: "Error of attempt 1" })).toBeNull();
  });

  test("shows its result with numbers as they are", async () => {
    renderPage("/tasks/t", (server) => {
      server.tasks = [
        aTask.finished({ id: "t", result: [exactNumber("12345678901234567890"), exactNumber("5.0")] }),
      ];
    });

    expect(await screen.findByRole("region", { name: "Result" })).toHaveTextContent(
      "[ 12345678901234567890, 5.0 ]",
    );
  });

  test("shows a result of null, and positional arguments beside named ones", async () => {
    renderPage("/tasks/t", (server) => {
      server.tasks = [aTask.finished({ id: "t", result: null, args: [1], kwargs: { b: 2 } })];
    });

    expect(await screen.findByRole("region", { name: "Result" })).toHaveTextContent("null");
    expect(screen.getByRole("region", { name: "Arguments" })).toHaveTextContent(
      '{ "args": [ 1 ], "kwargs": { "b": 2 } }',
    );
  });

  test("shows a long result cut, and the whole on demand", async () => {
    const { user } = renderPage("/tasks/t", (server) => {
      server.tasks = [aTask.finished({ id: "t", result: "x".repeat(50_000) })];
    });

    expect((await screen.findByRole("region", { name: "Result" })).textContent).toHaveLength(20_000);
    await user.click(screen.getByRole("button", { name: "Show all 50,002 characters" }));

    expect(screen.getByRole("region", { name: "Result" }).textContent).toHaveLength(50_002);
  });

  test("is followed to its end", async () => {
    const { server } = renderPage("/tasks/t", (server) => {
      server.workers = [aWorker()];
      server.tasks = [aTask.queueing({ id: "t", waiting: "Every worker is busy." })];
    });
    expect(await screen.findByText("Every worker is busy.")).toBeVisible();

    server.change(() => (server.tasks = [aTask.finished({ id: "t", result: parseJson("3") })]));

    expect(await screen.findByRole("region", { name: "Result" })).toHaveTextContent("3");
    expect(screen.getByText("FINISHED")).toBeVisible();
  });

  test.each([
    ["its result", aTask.finished({ id: "t", result: [1, 2] }), "Result"],
    ["its error", aTask.failed({ id: "t" }), "Error of attempt 1"],
  ])("shows all of %s, and leads the keyboard there", async (_, ended, region) => {
    const { server, user } = renderPage("/tasks/t", (server) => {
      server.tasks = [aTask.running({ id: "t", attempts: [{ ...ended.attempts[0]!, outcome: null }] })];
    });
    await screen.findByRole("heading", { name: /^Attempt 1/ });
    server.change(() => (server.tasks = [ended]));

    const button = await screen.findByRole("button", { name: "Show all" });
    act(() => button.focus());
    await user.keyboard("{Enter}");

    expect(button).not.toBeInTheDocument();
    expect(screen.getByRole("region", { name: region })).toHaveFocus();
  });

  test("says why it waits, and counts down to the instant that the server names", async () => {
    const soon = new Date(Date.now() + 90_500).toISOString();
    renderPage("/tasks/t", (server) => {
      const waiting = `Attempt 2 of 3 starts at ${soon}.`;
      server.tasks = [aTask.queueing({ id: "t", waiting, attempt: 1, tries: 1, maxAttempts: 3 })];
    });

    expect(await screen.findByText(/^Attempt 2 of 3 starts at/)).toHaveTextContent(
      /^Attempt 2 of 3 starts at [\d: -]+ \(in (90|89) s\)$/,
    );
    expect(screen.getByText("attempt 2 of 3")).toBeVisible();
  });

  test("with an odd id has a working link", async () => {
    const id = "order:2026.11_21-a";
    const { user } = renderPage("/", (server) => (server.tasks = [aTask.finished({ id })]));

    await user.click(await screen.findByRole("link", { name: /^add/ }));

    expect(await screen.findByText(id)).toBeVisible();
    await waitFor(() => expect(document.title).toBe(`Task ${id} · Zonda`));
  });
});

describe("acting on a task", () => {
  test("offers only what fits, by button and by key", async () => {
    const { server, user } = renderPage("/tasks/t", (server) => {
      server.tasks = [aTask.running({ id: "t", name: "sleep" })];
    });
    expect(await screen.findByRole("button", { name: "Cancel" })).toBeVisible();
    expect(screen.queryByRole("button", { name: "Retry" })).toBeNull();
    expect(screen.queryByRole("button", { name: "Delete" })).toBeNull();

    await user.keyboard("x");

    expect(await screen.findByText("FAILED")).toBeVisible();
    expect(screen.getByText("cancelled")).toBeVisible();
    expect(screen.queryByRole("button", { name: "Cancel" })).toBeNull();
    await user.keyboard("r");
    expect(await screen.findByText("QUEUEING")).toBeVisible();
    expect(server.tasks).toHaveLength(1);
  });

  test("that is being cancelled says so and is not cancelled twice", async () => {
    renderPage("/tasks/t", (server) => {
      server.tasks = [aTask.running({ id: "t", cancelling: true })];
    });

    expect(await screen.findByText("cancelled, ending")).toBeVisible();
    expect(screen.queryByRole("button", { name: "Cancel" })).toBeNull();
  });

  test("asks before it retries one that has a result", async () => {
    const { server, user } = renderPage("/tasks/t", (server) => {
      server.tasks = [aTask.finished({ id: "t" })];
    });
    await screen.findByRole("region", { name: "Result" });

    await user.keyboard("r");

    const dialog = await screen.findByRole("alertdialog", { name: "Retry this finished task?" });
    expect(dialog).toHaveTextContent("its result goes");
    expect(server.tasks[0]!.status).toBe("FINISHED");
    await user.click(within(dialog).getByRole("button", { name: "Retry" }));
    expect(await screen.findByText("QUEUEING")).toBeVisible();
  });

  test("asks before it deletes, then shows the list", async () => {
    const { server, user } = renderPage(
      "/tasks/t",
      (server) => (server.tasks = [aTask.finished({ id: "t" })]),
    );
    await user.click(await screen.findByRole("button", { name: "Delete" }));
    const dialog = await screen.findByRole("alertdialog", { name: "Delete this task?" });
    expect(server.tasks).toHaveLength(1);

    await user.click(within(dialog).getByRole("button", { name: "Delete" }));

    expect(await screen.findByText("Deleted 1 task.")).toBeVisible();
    expect(location.pathname).toBe("/");
    expect(server.tasks).toHaveLength(0);
  });

  test("says why it was refused, and what to do", async () => {
    const { server, user } = renderPage("/tasks/t", (server) => (server.tasks = [aTask.failed({ id: "t" })]));
    server.refuseChange = { code: "UNAVAILABLE", message: "The record is busy. Try again in a moment." };

    await user.click(await screen.findByRole("button", { name: "Retry" }));

    expect(await screen.findByRole("alert")).toHaveTextContent(
      "The server refused it (UNAVAILABLE). The record is busy. Try again in a moment.",
    );
    await user.click(screen.getByRole("button", { name: "Put away" }));
    expect(screen.queryByRole("alert")).toBeNull();
  });

  test("that somebody else deletes stays on screen and says so", async () => {
    const { server } = renderPage("/tasks/t", (server) => (server.tasks = [aTask.finished({ id: "t" })]));
    await screen.findByRole("region", { name: "Result" });

    server.change(() => (server.tasks = []));

    expect(await screen.findByText("This task has been deleted.")).toBeVisible();
    expect(screen.getByRole("region", { name: "Result" })).toHaveTextContent("3");
    expect(screen.queryByRole("button", { name: "Retry" })).toBeNull();
  });
});

describe("progress and log", () => {
  test("are followed while they come", async () => {
    const attempt = anAttempt({ outcome: null, finishedAt: null, lines: logLines(2) });
    const { server } = renderPage("/tasks/t", (server) => {
      server.tasks = [
        aTask.running({ id: "t", attempts: [attempt], progress: { fraction: 0.25, message: "a quarter" } }),
      ];
    });
    expect(await screen.findByRole("progressbar", { name: "Progress" })).toHaveAttribute("value", "0.25");
    expect(screen.getByText("a quarter")).toBeVisible();
    expect(screen.getByRole("region", { name: "Log of attempt 1" })).toHaveTextContent(/line 1.*line 2$/);

    server.change(() => {
      attempt.lines = logLines(3);
      server.tasks[0]!.progress = { fraction: 0.5, message: null };
    });

    expect(await screen.findByText("line 3")).toBeVisible();
    expect(screen.getByText("50 %")).toBeVisible();
  });

  test("stay where they are while text is marked in the log", async () => {
    const attempt = anAttempt({ outcome: null, finishedAt: null, lines: logLines(2) });
    const { server, user } = renderPage("/tasks/t", (server) => {
      server.tasks = [aTask.running({ id: "t", attempts: [attempt] })];
    });
    const line = await screen.findByText("line 2");
    const box = screen.getByRole("region", { name: "Log of attempt 1" });
    // Layout is not to be had here: a box of ten lines with more in it, at its end.
    let height = 400;
    Object.defineProperties(box, {
      scrollHeight: { get: () => height },
      clientHeight: { value: 200 },
    });
    box.scrollTop = 200;
    fireEvent.scroll(box);
    expect(screen.getByText("2 lines, following")).toBeVisible();

    mark(line);
    height = 420;
    server.change(() => (attempt.lines = logLines(3)));

    expect(await screen.findByText("3 lines, not following")).toBeVisible();
    fireEvent.scroll(box);
    expect(box.scrollTop).toBe(200);
    expect(getSelection()?.toString()).toBe("line 2");

    height = 440;
    server.change(() => (attempt.lines = logLines(100)));
    await user.click(await screen.findByRole("button", { name: "Follow" }));

    expect(getSelection()?.isCollapsed).toBe(true);
    expect(box.scrollTop).toBe(440);
    expect(screen.getByText("100 lines, following")).toBeVisible();
  });

  test("that go no further while the attempt runs say so, until it ends", async () => {
    const attempt = anAttempt({ outcome: null, finishedAt: null, lines: logLines(1_999) });
    const { server } = renderPage("/tasks/t", (server) => {
      server.tasks = [aTask.running({ id: "t", attempts: [attempt] })];
    });
    expect(await screen.findByText("1,999 lines, following")).toBeVisible();
    expect(screen.queryByText(/^Further lines/)).toBeNull();

    server.change(() => (attempt.lines = logLines(2_000)));

    expect(await screen.findByText("2,000 lines, further ones are counted")).toBeVisible();
    expect(
      screen.getByText("Further lines are counted. The last of them come when the attempt ends."),
    ).toBeVisible();

    server.change(() => {
      attempt.lines = logLines(2_101);
      server.tasks = [aTask.finished({ id: "t", attempts: [{ ...attempt, outcome: "SUCCEEDED" }] })];
    });

    expect(await screen.findByText("2,101 lines")).toBeVisible();
    expect(screen.queryByText(/^Further lines/)).toBeNull();
  });

  test("that were left out are told of, and where", async () => {
    const lines = logLines(300).map((line) =>
      line.number === 201 ? { ...line, stream: "worker", text: "… 7 lines (3 kB) left out …" } : line,
    );
    const { user } = renderPage("/tasks/t", (server) => {
      server.tasks = [aTask.finished({ id: "t", attempts: [anAttempt({ lines })] })];
    });
    expect(
      await screen.findByText(
        /^The first 200 lines and the last 99 lines are kept; 7 lines \(3 kB\) between them/,
      ),
    ).toBeVisible();
    const box = screen.getByRole("region", { name: "Log of attempt 1" });

    await user.click(screen.getByRole("button", { name: "Show where" }));

    expect(box.scrollTop).toBeGreaterThan(3_500);
  });

  test("a long log is fetched in pieces and only what is in view is in the document", async () => {
    const { server } = renderPage("/tasks/t", (server) => {
      server.tasks = [aTask.finished({ id: "t", attempts: [anAttempt({ lines: logLines(1_234) })] })];
    });

    expect(await screen.findByText("1,234 lines")).toBeVisible();
    expect(screen.getAllByText(/^line \d+$/).length).toBeLessThan(100);
    const asked = server.requests.map((request) => new URL(request.url).searchParams.get("variables"));
    expect(asked.filter((variables) => variables?.includes('"logAfter":0'))).toHaveLength(1);
    expect(asked.some((variables) => variables?.includes('"logAfter":1234'))).toBe(true);
  });

  test("can be searched; escapes of a terminal do no harm", async () => {
    const lines = logLines(9, (number) => (number === 7 ? "\u001b[31mred\u001b[0m needle" : `hay ${number}`));
    const { user } = renderPage("/tasks/t", (server) => {
      server.tasks = [aTask.finished({ id: "t", attempts: [anAttempt({ lines })] })];
    });

    await user.type(await screen.findByRole("searchbox", { name: "Search the log" }), "NEEDLE");

    expect(await screen.findByText("1 of 1")).toBeVisible();
    expect(screen.getByText("needle", { selector: "mark" }).closest("li")).toHaveTextContent(/red needle$/);
  });

  test("are those of the attempt that is chosen", async () => {
    const { user } = renderPage("/tasks/t", (server) => {
      server.tasks = [
        aTask.failed({
          id: "t",
          attempt: 2,
          attempts: [
            anAttempt({ outcome: "FAILED", lines: logLines(1, () => "of the first") }),
            anAttempt({
              number: 2,
              worker: "W2",
              outcome: "FAILED",
              lines: logLines(1, () => "of the second"),
            }),
          ],
        }),
      ];
    });
    expect(await screen.findByText("of the second")).toBeVisible();

    await user.click(screen.getByRole("button", { name: /^Attempt 1/ }));

    expect(await screen.findByText("of the first")).toBeVisible();
    expect(screen.queryByText("of the second")).toBeNull();
  });
});

describe("the time line", () => {
  const attempts = [
    anAttempt({ outcome: "FAILED", startedAt: at(1), finishedAt: at(3), nextDueAt: at(7) }),
    anAttempt({ number: 2, worker: "W2", startedAt: at(8), finishedAt: at(9.5) }),
  ];

  test("tells each leg and the sums of its kind", async () => {
    renderPage("/tasks/t", (server) => {
      server.tasks = [aTask.finished({ id: "t", attempt: 2, attempts, finishedAt: at(9.5) })];
    });

    await screen.findByRole("button", { name: "Attempt 1 failed, 2.0 s" });
    const [legs, sums] = screen.getAllByRole("list");
    expect(within(legs!).getAllByRole("listitem")).toHaveLength(5);
    expect(legs).toHaveTextContent("waited 1.0 s1failed, 2.0 sbacked off 4.0 swaited 1.0 s2succeeded, 1.5 s");
    expect(sums).toHaveTextContent("waited 2.0 sran 3.5 s in 2 attemptsbacked off 4.0 s");
  });

  test("tells of each round how long it waited, and of a further attempt nothing", async () => {
    const { user } = renderPage("/tasks/t?attempt=1", (server) => {
      server.tasks = [aTask.finished({ id: "t", attempt: 2, attempts, finishedAt: at(9.5) })];
    });

    expect(await screen.findByText(/^waited 1.0 s, started at .*, ran 2.0 s$/)).toBeVisible();
    await user.click(screen.getByRole("button", { name: /^Attempt 2/ }));

    expect(await screen.findByText(/^started at .*, ran 1.5 s$/)).toBeVisible();
  });

  test("keeps the choice in the address, and follows the newest without one", async () => {
    const { user, server } = renderPage("/tasks/t?attempt=1", (server) => {
      server.tasks = [aTask.running({ id: "t", attempt: 2, attempts })];
    });
    const bar = (number: number) => screen.getByRole("button", { name: new RegExp(`^Attempt ${number}`) });
    expect(await screen.findByRole("heading", { name: /^Attempt 1 on W1/ })).toBeVisible();
    expect(bar(1)).toHaveAttribute("aria-pressed", "true");

    await user.click(bar(2));

    expect(location.search).toBe("");
    expect(bar(2)).toHaveAttribute("aria-pressed", "true");
    const third = anAttempt({ number: 3, outcome: null, startedAt: at(20), finishedAt: null });
    server.change(() => (server.tasks[0]!.attempts = [...attempts, third]));
    expect(await screen.findByRole("heading", { name: "Attempt 3 on W1: running" })).toBeVisible();
    expect(bar(1)).toHaveAttribute("aria-pressed", "false");
    await user.click(bar(1));
    expect(location.search).toBe("?attempt=1");
  });

  test("stays with the attempt in which text is marked, until one goes on", async () => {
    const { user, server } = renderPage("/tasks/t", (server) => {
      const failed = [anAttempt({ outcome: "FAILED", traceback: "Traceback\nUnlucky: no" })];
      server.tasks = [aTask.queueing({ id: "t", attempt: 1, attempts: failed })];
    });
    mark(await screen.findByText(/^Traceback/));

    const begin = (number: number) =>
      server.change(() =>
        server.tasks[0]!.attempts.push(anAttempt({ number, outcome: null, finishedAt: null })),
      );
    begin(2);

    expect(await screen.findByRole("button", { name: "Attempt 2 has begun" })).toBeVisible();
    expect(screen.getByRole("heading", { name: "Attempt 1 on W1: failed" })).toBeVisible();
    expect(getSelection()?.toString()).toContain("Unlucky: no");
    expect(location.search).toBe("");

    begin(3);
    await user.click(await screen.findByRole("button", { name: "Attempt 3 has begun" }));

    expect(screen.getByRole("heading", { name: "Attempt 3 on W1: running" })).toBeVisible();
    expect(screen.queryByRole("button", { name: /has begun$/ })).toBeNull();
    act(() => getSelection()?.removeAllRanges());
  });

  test("of an attempt that there is not reads the newest", async () => {
    renderPage("/tasks/t?attempt=7", (server) => {
      server.tasks = [aTask.finished({ id: "t", attempt: 2, attempts })];
    });

    expect(await screen.findByRole("heading", { name: /^Attempt 2 on W2/ })).toBeVisible();
  });
});

test("a retry by hand shows between the attempts and among the events", async () => {
  renderPage("/tasks/t", (server) => {
    server.tasks = [
      aTask.finished({
        id: "t",
        attempt: 2,
        round: 2,
        attempts: [
          anAttempt({ outcome: "FAILED", startedAt: at(1), finishedAt: at(2) }),
          anAttempt({ number: 2, startedAt: at(9), finishedAt: at(10) }),
        ],
        events: [{ kind: "retried", at: at(8), attempt: null, worker: null, by: "you" }],
      }),
    ];
  });

  expect(await screen.findByText("attempt 2, round 2")).toBeVisible();
  expect(screen.getByText(/after somebody retried it at/)).toHaveTextContent(
    /^waited 1.0 s, started at .*, ran 1.0 s/,
  );
  expect(screen.getByText("retried, by you")).toBeVisible();
});

test("an unknown task says so, and where to go", async () => {
  renderPage("/tasks/nope");

  expect(await screen.findByRole("alert")).toHaveTextContent(
    "There is no such task.No task has the id nope.",
  );
  expect(screen.getByRole("link", { name: "See all tasks" })).toHaveAttribute("href", "/");
});

test("an unknown page says so", () => {
  renderPage("/nowhere");

  expect(screen.getByRole("alert")).toHaveTextContent("Nothing is at /nowhere.");
});
