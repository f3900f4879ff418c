import { act, fireEvent, screen, waitFor, within } from "@testing-library/react";
import { describe, expect, test, vi } from "vitest";
import { exactNumber } from "@/lib/json";
import { renderPage } from "@/testing/render-page";
import type { FakeServer } from "@/testing/fake-server";
import { aTask, aType, aWorker, at } from "@/testing/task-factory";

const rowOf = async (text: string | RegExp) => (await screen.findByText(text)).closest("tr")!;
const shownCalls = () => [...document.querySelectorAll("tbody th")].map((cell) => cell.textContent);

describe("the list of tasks", () => {
  test("shows each status in words, with result, error and qualifier", async () => {
    renderPage("/", (server) => {
      server.workers = [aWorker()];
      server.tasks = [
        aTask.finished({ args: [1, 2], kwargs: {} }),
        aTask.failed({ kwargs: { failure_rate: 1 } }),
        aTask.running({ name: "sleep", kwargs: { seconds: 9 }, worker: aWorker() }),
        aTask.queueing({ name: "echo", kwargs: {}, waiting: "Queue default is paused: moving house." }),
      ];
    });

    expect(await rowOf("add")).toHaveTextContent("FINISHEDadd(1, 2)3");
    expect(await rowOf("flaky")).toHaveTextContent("Unlucky: flaky failed, as it does 100% of the time");
    expect(await rowOf("sleep")).toHaveTextContent("RUNNINGsleep(seconds=9)default1W1");
    expect(await rowOf("echo")).toHaveTextContent("QUEUEINGecho()Queue default is paused: moving house.");
  });

  test("follows a task to its end without a reload", async () => {
    const { server } = renderPage("/", (server) => (server.tasks = [aTask.queueing({ id: "t" })]));
    expect(await rowOf("add")).toHaveTextContent("QUEUEING");

    server.change(() => (server.tasks = [aTask.finished({ id: "t" })]));

    await waitFor(() => expect(screen.getByRole("row", { name: /add/ })).toHaveTextContent("FINISHED"));
    expect(screen.getByRole("link", { name: /FINISHED/ })).toHaveTextContent("1");
  });

  test("shows exact numbers and markup as text", async () => {
    const text = "<img src=x onerror=alert(1)>";
    renderPage("/", (server) => {
      server.tasks = [
        aTask.finished({ name: text, kwargs: {}, result: [exactNumber("12345678901234567890"), text] }),
      ];
    });

    const row = await rowOf(text);
    expect(row.querySelector("img")).toBeNull();
    expect(row).toHaveTextContent(`[12345678901234567890, "${text}"]`);
  });

  test("filters by the tile that is clicked, in the URL, and back", async () => {
    const { user } = renderPage("/", (server) => (server.tasks = [aTask.finished(), aTask.failed()]));
    await rowOf("flaky");

    await user.click(screen.getByRole("link", { name: /FAILED/ }));
    await waitFor(() => expect(shownCalls()).toEqual(["flaky()"]));
    expect(location.search).toBe("?status=failed");

    await user.click(screen.getByRole("link", { name: /FAILED/ }));
    await waitFor(() => expect(shownCalls()).toHaveLength(2));
    expect(location.search).toBe("");
  });

  test("opens at the filter and page that a link names, and pages by cursor", async () => {
    const { user } = renderPage("/?status=finished", (server) => {
      server.tasks = Array.from({ length: 120 }, (_, n) => aTask.finished({ kwargs: { n } }));
    });
    await rowOf("(n=119)");
    expect(shownCalls()).toHaveLength(50);

    await user.click(screen.getByText("Older"));
    await rowOf("(n=69)");
    expect(location.search).toBe("?status=finished&after=c70");

    await user.click(screen.getByText("Older"));
    await rowOf("(n=19)");
    expect(screen.queryByText("Older")).toBeNull();

    await user.click(screen.getByText("Newer"));
    await rowOf("(n=20)");
    await user.click(screen.getByText("Newest"));
    await rowOf("(n=119)");
  });
});

describe("sorting", () => {
  const sort = () => screen.getByRole("combobox", { name: "Sort" });
  /** Its word stands there twice: to turn the order round, and alone on a phone. */
  const head = (name: string) => screen.getByRole("columnheader", { name: new RegExp(`^${name}`) });
  /** Created as a, b, c; begun as b, c, a. */
  const three = (server: FakeServer) => {
    server.tasks = [
      aTask.finished({ name: "a", kwargs: {}, startedAt: at(30), finishedAt: at(31), priority: 1 }),
      aTask.finished({ name: "b", kwargs: {}, startedAt: at(10), finishedAt: at(50) }),
      aTask.running({ name: "c", kwargs: {}, startedAt: at(20), finishedAt: null }),
    ];
  };

  test("is chosen from a list, lives in the URL, and shows what it goes by", async () => {
    const { user } = renderPage("/?status=finished,running", three);
    await rowOf("a");
    expect(head("Created")).toHaveAttribute("aria-sort", "descending");

    await user.selectOptions(sort(), "Started, latest first");
    await waitFor(() => expect(shownCalls()).toEqual(["a()", "c()", "b()"]));
    expect(location.search).toBe("?status=finished,running&sort=started");
    expect(head("Started")).toHaveAttribute("aria-sort", "descending");
    expect((await rowOf("b")).querySelector("[data-label=Started] time")).toHaveAttribute("datetime", at(10));

    await user.selectOptions(sort(), "Ended, earliest first");
    await waitFor(() => expect(shownCalls()).toEqual(["a()", "b()", "c()"]));
    expect((await rowOf("c")).querySelector("[data-label=Ended]")).toHaveTextContent("–");

    await user.selectOptions(sort(), "Priority, highest first");
    await waitFor(() => expect(shownCalls()).toEqual(["a()", "c()", "b()"]));
    expect((await rowOf("a")).querySelector("[data-label=Priority]")).toHaveTextContent("1");
    act(() => history.back());
    await waitFor(() => expect(shownCalls()).toEqual(["a()", "b()", "c()"]));
    expect(sort()).toHaveDisplayValue("Ended, earliest first");
  });

  test("is turned round by the head of its column, from the keyboard too, which holds no row", async () => {
    const { user, server } = renderPage("/", three);
    await rowOf("a");

    act(() => within(head("Created")).getByRole("button").focus());
    await user.keyboard("{Enter}");
    await waitFor(() => expect(shownCalls()).toEqual(["a()", "b()", "c()"]));
    expect(location.search).toBe("?sort=created:asc");
    expect(head("Created")).toHaveAttribute("aria-sort", "ascending");
    expect(within(head("Created")).getByRole("button")).toHaveFocus();

    server.change(() => server.tasks.push(aTask.queueing({ name: "d", kwargs: {} })));
    await waitFor(() => expect(shownCalls()).toEqual(["a()", "b()", "c()", "d()"]));
  });

  test("goes on over the pages, which have other names then", async () => {
    const { user } = renderPage("/?sort=started:asc", (server) => {
      server.tasks = Array.from({ length: 120 }, (_, n) =>
        aTask.finished({ kwargs: { n }, startedAt: at(n) }),
      );
    });
    await rowOf("(n=0)");

    await user.click(screen.getByText("Next"));
    await rowOf("(n=50)");
    expect(new URLSearchParams(location.search).get("sort")).toBe("started:asc");
    await user.click(screen.getByText("Previous"));
    await rowOf("(n=49)");
    await user.selectOptions(sort(), "Created, newest first");
    await rowOf("(n=119)");
    expect(location.search).toBe("");
  });

  test("moves no row that is read: what comes between and before waits, and what has moved says so", async () => {
    const { server, user } = renderPage("/?sort=started", three);
    const row = await rowOf("c");
    act(() => within(row).getByRole("link", { name: /^c/ }).focus());

    server.change(() => {
      server.tasks[1]!.startedAt = at(60);
      server.tasks.push(aTask.running({ name: "d", kwargs: {}, startedAt: at(25) }));
    });

    const button = await screen.findByRole("button", { name: "2 more tasks" });
    expect(shownCalls()).toEqual(["a()", "c()", "b()"]);
    await waitFor(async () => expect(await rowOf("b")).toHaveTextContent("has left its place"));
    await user.click(button);
    await waitFor(() => expect(shownCalls()).toEqual(["b()", "a()", "d()", "c()"]));
  });

  test("of a search is said to be that of creation", async () => {
    renderPage("/?q=a&sort=priority", three);

    expect(await screen.findByText("A search lists the newest first.")).toBeVisible();
    expect(screen.queryByRole("combobox", { name: "Sort" })).toBeNull();
  });

  test("that nobody knows is named, and left out", async () => {
    renderPage("/?sort=luck", three);

    expect(await screen.findByText(/^The address asks for sort:luck/)).toBeVisible();
    await waitFor(() => expect(shownCalls()).toEqual(["c()", "b()", "a()"]));
  });
});

describe("reading", () => {
  test("wins over updating: focused rows stay, new ones wait behind a button", async () => {
    const { server, user } = renderPage("/", (server) => {
      server.tasks = [aTask.queueing({ id: "old", kwargs: { n: 0 } })];
    });
    const row = await rowOf("(n=0)");
    act(() => within(row).getByRole("link", { name: /^add/ }).focus());

    server.change(() => {
      server.tasks[0] = aTask.finished({ id: "old", kwargs: { n: 0 } });
      server.tasks.push(aTask.queueing({ kwargs: { n: 1 } }), aTask.queueing({ kwargs: { n: 2 } }));
    });

    const button = await screen.findByRole("button", { name: "2 new tasks" });
    expect(shownCalls()).toEqual(["add(n=0)"]);
    expect(await rowOf("(n=0)")).toHaveTextContent("FINISHED");
    await user.click(button);
    await waitFor(() => expect(shownCalls()).toEqual(["add(n=2)", "add(n=1)", "add(n=0)"]));
    expect(screen.queryByRole("button", { name: /new task/ })).toBeNull();
  });

  test("is also a mouse that rests on a row, for however long, until it leaves or new rows are asked for", async () => {
    const { server, user } = renderPage("/", (server) => {
      server.tasks = [aTask.queueing({ id: "old", kwargs: { n: 0 } })];
    });
    const moved = { pointerType: "mouse", movementX: 1 };
    const button = within(await rowOf("(n=0)")).getByRole("button", { name: "Cancel add" });
    fireEvent.pointerMove(button, moved);
    // A hand that is about to click may rest for long.
    vi.spyOn(Date, "now").mockReturnValue(Date.now() + 10_000);
    fireEvent.focusIn(document.body);
    vi.mocked(Date.now).mockRestore();

    server.change(() => server.tasks.push(aTask.queueing({ kwargs: { n: 1 } })));
    await screen.findByRole("button", { name: "1 new task" });
    expect(shownCalls()).toEqual(["add(n=0)"]);
    fireEvent.pointerMove(screen.getByRole("button", { name: "1 new task" }), moved);
    expect(screen.getByRole("button", { name: "1 new task" })).toBeVisible();
    fireEvent.pointerMove(button, moved);
    await user.keyboard("n");
    await waitFor(() => expect(shownCalls()).toEqual(["add(n=1)", "add(n=0)"]));

    server.change(() => server.tasks.push(aTask.queueing({ kwargs: { n: 2 } })));
    await screen.findByRole("button", { name: "1 new task" });
    expect(shownCalls()).toEqual(["add(n=1)", "add(n=0)"]);
    fireEvent.pointerLeave(document.documentElement, { pointerType: "mouse" });
    await waitFor(() => expect(shownCalls()).toEqual(["add(n=2)", "add(n=1)", "add(n=0)"]));
  });

  test("a row that leaves the filter stays where it is read", async () => {
    const { server } = renderPage("/?status=queueing", (server) => {
      server.tasks = [
        aTask.queueing({ id: "a", kwargs: { n: 0 } }),
        aTask.queueing({ id: "b", kwargs: { n: 1 } }),
      ];
    });
    const row = await rowOf("(n=1)");
    act(() => within(row).getByRole("link", { name: /^add/ }).focus());

    server.change(() => (server.tasks[0] = aTask.finished({ id: "a", kwargs: { n: 0 } })));

    await waitFor(async () => expect(await rowOf("(n=0)")).toHaveTextContent("has left the list"));
    expect(shownCalls()).toEqual(["add(n=1)", "add(n=0)"]);
  });

  test("a row that leaves the filter while nobody reads is grey before it goes", async () => {
    const { server } = renderPage("/?status=queueing", (server) => {
      server.tasks = [0, 1].map((n) => aTask.queueing({ id: `t${n}`, kwargs: { n } }));
    });
    await rowOf("(n=0)");

    server.change(() => server.tasks.splice(1, 1, aTask.finished({ id: "t1", kwargs: { n: 1 } })));

    await waitFor(async () => expect(await rowOf("(n=1)")).toHaveTextContent("has left the list"));
    expect(shownCalls()).toEqual(["add(n=1)", "add(n=0)"]);
    await waitFor(() => expect(shownCalls()).toEqual(["add(n=0)"]));
  });

  test("new rows appear directly at the top when nobody reads", async () => {
    const { server } = renderPage("/", (server) => (server.tasks = [aTask.queueing({ kwargs: { n: 0 } })]));
    await rowOf("(n=0)");

    server.change(() => server.tasks.push(aTask.queueing({ kwargs: { n: 1 } })));

    await waitFor(() => expect(shownCalls()).toEqual(["add(n=1)", "add(n=0)"]));
  });

  test("of a further page ends when what has come between its rows is asked for", async () => {
    const { server, user } = renderPage("/?status=failed&after=c3", (server) => {
      server.tasks = [0, 1, 2, 3].map((n) =>
        n === 1 ? aTask.running({ kwargs: { n } }) : aTask.failed({ kwargs: { n } }),
      );
    });
    await rowOf("(n=2)");

    server.change(() => (server.tasks[1] = aTask.failed({ kwargs: { n: 1 } })));
    await user.click(await screen.findByRole("button", { name: "1 new task" }));

    await waitFor(() => expect(shownCalls()).toEqual(["flaky(n=2)", "flaky(n=1)", "flaky(n=0)"]));
  });

  test("is also scrolling down", async () => {
    const { server } = renderPage("/", (server) => (server.tasks = [aTask.queueing()]));
    await rowOf("add");
    Object.defineProperty(globalThis, "scrollY", { configurable: true, value: 400 });
    fireEvent.scroll(window);

    server.change(() => server.tasks.push(aTask.queueing()));

    expect(await screen.findByRole("button", { name: "1 new task" })).toBeVisible();
    Object.defineProperty(globalThis, "scrollY", { configurable: true, value: 0 });
    fireEvent.scroll(window);
    await waitFor(() => expect(shownCalls()).toHaveLength(2));
  });
});

describe("filtering", () => {
  const mixed = (server: FakeServer) => {
    server.workers = [aWorker()];
    server.tasks = [
      aTask.finished({ queue: "mail", kwargs: { n: 1 } }),
      aTask.failed({ queue: "mail", error: "Unlucky: needle", reason: "TIMEOUT" }),
      aTask.failed({ name: "resize", worker: aWorker({ topic: "W3" }) }),
    ];
  };
  const bar = () => screen.getByRole("combobox", { name: "Search and filter" });

  test("by tokens that become pills, in the URL, and back", async () => {
    const { user } = renderPage("/", mixed);
    await rowOf("resize");

    await user.type(bar(), "status:failed queue:mail ");

    await waitFor(() => expect(shownCalls()).toEqual(["flaky()"]));
    expect(location.search).toBe("?status=failed&queue=mail");
    expect(bar()).toHaveValue("");
    await user.click(screen.getByRole("link", { name: "Remove queue: mail" }));
    await waitFor(() => expect(shownCalls()).toEqual(["resize()", "flaky()"]));
    act(() => history.back());
    await waitFor(() => expect(location.search).toBe("?status=failed&queue=mail"));
    await waitFor(() => expect(shownCalls()).toEqual(["flaky()"]));
  });

  test("a word without a key is searched for while one types; one step back leaves it", async () => {
    const { user } = renderPage("/", mixed);
    await rowOf("resize");

    await user.type(bar(), "needle");

    await waitFor(() => expect(shownCalls()).toEqual(["flaky()"]));
    expect(location.search).toBe("?q=needle");
    act(() => history.back());
    await waitFor(() => expect(shownCalls()).toHaveLength(3));
    expect(bar()).toHaveValue("");
  });

  test("a link shows the same to the next person", async () => {
    renderPage("/?status=failed&name=resize&worker=W3&created=2026-11-21T00:00:00Z..&q=Unlucky", mixed);

    await waitFor(() => expect(shownCalls()).toEqual(["resize()"]));
    expect(bar()).toHaveValue("Unlucky");
    expect(screen.getAllByRole("listitem").map(({ textContent }) => textContent)).toEqual([
      "status: failed",
      "name: resize",
      "worker: W3",
      expect.stringMatching(/^created since /),
    ]);
  });

  test("keys and their values are suggested", async () => {
    const { user } = renderPage("/", mixed);
    await rowOf("resize");

    await user.click(bar());
    await user.click(await screen.findByRole("option", { name: /^queue:/ }));
    expect(bar()).toHaveValue("queue:");
    await user.click(await screen.findByRole("option", { name: "mail" }));

    await waitFor(() => expect(location.search).toBe("?queue=mail"));
  });

  test("what is no value is explained and stays", async () => {
    const { user } = renderPage("/", mixed);
    await rowOf("resize");

    await user.type(bar(), "status:sleeping{Enter}");

    expect(await screen.findByRole("alert")).toHaveTextContent("status: is one of queueing, running");
    expect(bar()).toHaveValue("status:sleeping");
  });

  test("that matches nothing says what was asked for and how to leave it", async () => {
    const { user } = renderPage("/?status=failed&q=nowhere", mixed);

    expect(await screen.findByText("No task fits everything that is asked for.")).toBeVisible();
    await user.click(screen.getByRole("link", { name: "Leave the search out" }));
    await waitFor(() => expect(shownCalls()).toHaveLength(2));
  });
});

describe("a search", () => {
  const hour = (n: number) => new Date(Date.UTC(2026, 10, 20, n)).toISOString();

  test("says how far back it looked, and looks further", async () => {
    const { user } = renderPage("/?q=lindwurm", (server) => {
      server.looksAt = 4;
      server.tasks = Array.from({ length: 10 }, (_, n) =>
        aTask.finished({ name: n === 1 ? "lindwurm" : "resize", kwargs: { n }, createdAt: hour(n) }),
      );
    });

    expect(await screen.findByText(/None of the tasks looked at so far fits/)).toBeVisible();
    expect(document.querySelector("time[datetime]")).toHaveAttribute("datetime", hour(6));
    await user.click(screen.getByRole("link", { name: "Look further back" }));
    await waitFor(() =>
      expect(document.querySelector("time[datetime]")).toHaveAttribute("datetime", hour(2)),
    );
    await user.click(screen.getByRole("link", { name: "Look further back" }));
    await waitFor(() => expect(shownCalls()).toEqual(["lindwurm(n=1)"]));
    expect(screen.queryByText(/Looked back to/)).toBeNull();
    expect(screen.queryByRole("link", { name: "Look further back" })).toBeNull();
  });

  test("for an id shows its task alone, and what else has the text on request", async () => {
    const { user } = renderPage("/?q=the-one", (server) => {
      server.looksAt = 4;
      server.tasks = Array.from({ length: 10 }, (_, n) => aTask.finished({ id: `t${n}`, kwargs: { n } }));
      server.tasks[0]!.id = "the-one";
      server.tasks[8]!.error = "not before the-one";
    });

    await waitFor(() => expect(shownCalls()).toEqual(["add(n=0)"]));
    await user.click(screen.getByRole("link", { name: "Look for the text in other tasks" }));
    await waitFor(() => expect(shownCalls()).toEqual(["add(n=8)"]));
  });
});

describe("selecting", () => {
  const many = (server: FakeServer) => {
    server.tasks = Array.from({ length: 60 }, (_, n) => aTask.failed({ kwargs: { n } }));
  };
  const box = (call: string) => screen.getByRole("checkbox", { name: `Select ${call}` });
  const selection = () => screen.getByRole("region", { name: "Selection" });

  test("holds the rows; what is done asks first, says how many and shows them", async () => {
    const { server, user } = renderPage("/", (server) => {
      server.tasks = [aTask.failed({ kwargs: { n: 0 } }), aTask.running({ kwargs: { n: 1 } })];
    });
    await rowOf("(n=0)");
    await user.click(box("flaky(n=0)"));
    await user.click(box("add(n=1)"));
    // The selection alone holds the rows, without the focus in them.
    act(() => screen.getByRole("heading", { name: "Tasks" }).focus());

    server.change(() => server.tasks.push(aTask.queueing({ kwargs: { n: 2 } })));
    expect(await screen.findByRole("button", { name: "1 new task" })).toBeVisible();
    expect(box("flaky(n=0)")).toBeChecked();
    expect(selection()).toHaveTextContent("2 selected");
    // Only the failed one can be retried.
    await user.click(screen.getByRole("button", { name: "Retry 1" }));
    const dialog = await screen.findByRole("alertdialog", { name: "Retry 1 task?" });
    expect(dialog).toHaveTextContent("flaky(n=0)");
    await user.click(within(dialog).getByRole("button", { name: "Retry 1 task" }));

    expect(await screen.findByText("Retried 1 task.")).toBeVisible();
    expect(server.tasks[0]).toMatchObject({ status: "QUEUEING" });
    await waitFor(() => expect(shownCalls()).toHaveLength(3));
    expect(screen.queryByRole("button", { name: /^Retry \d/ })).toBeNull();
  });

  test("the page, then all that match, which are deleted by the filter", async () => {
    const { server, user } = renderPage("/?status=failed", many);
    await rowOf("(n=59)");
    server.tasks.push(aTask.finished());

    await user.click(screen.getByRole("checkbox", { name: "Select every row on this page" }));
    expect(selection()).toHaveTextContent("50 selected");
    await user.click(screen.getByRole("button", { name: "Select all 60 that match" }));
    expect(selection()).toHaveTextContent("All 60 that match are selected");
    await user.click(screen.getByRole("button", { name: "Delete 60" }));
    const dialog = await screen.findByRole("alertdialog", { name: "Delete 60 tasks?" });
    expect(within(dialog).getAllByRole("listitem")).toHaveLength(6);
    expect(dialog).toHaveTextContent("and 55 more");
    await user.click(within(dialog).getByRole("button", { name: "Delete 60 tasks" }));

    expect(await screen.findByText("Deleted 60 tasks.")).toBeVisible();
    expect(server.tasks).toHaveLength(1);
  });

  test("all that match without a number, where it can't be counted fast", async () => {
    const { user } = renderPage("/?q=flaky", many);
    await rowOf("(n=59)");

    await user.click(screen.getByRole("checkbox", { name: "Select every row on this page" }));
    await user.click(screen.getByRole("button", { name: "Select all that match" }));

    expect(selection()).toHaveTextContent("All that match are selected");
    expect(screen.getByRole("button", { name: "Retry" })).toBeEnabled();
    // Whether some of them can be cancelled is not known.
    expect(screen.getByRole("button", { name: "Cancel" })).toBeEnabled();
  });

  test("a refusal stays in the dialog, and nothing is lost", async () => {
    const { server, user } = renderPage("/", many);
    await rowOf("(n=59)");
    server.refuseChange = { code: "CONFLICT", message: "The task x is RUNNING." };

    await user.click(box("flaky(n=59)"));
    await user.click(screen.getByRole("button", { name: "Delete 1" }));
    await user.click(await screen.findByRole("button", { name: "Delete 1 task" }));

    expect(await screen.findByRole("alert")).toHaveTextContent("The server refused it (CONFLICT).");
    await user.click(screen.getByRole("button", { name: "Leave it" }));
    expect(selection()).toHaveTextContent("1 selected");
  });

  test("asks before it retries a row that has a result, by key and by its button", async () => {
    const { server, user } = renderPage("/", (server) => (server.tasks = [aTask.finished({ id: "t" })]));
    const link = await screen.findByRole("link", { name: /^add/ });
    await user.keyboard("jr");
    const dialog = await screen.findByRole("alertdialog", { name: "Retry this finished task?" });
    await user.click(within(dialog).getByRole("button", { name: "Leave it" }));
    await waitFor(() => expect(link).toHaveFocus());
    expect(server.tasks[0]!.status).toBe("FINISHED");

    await user.click(screen.getByRole("button", { name: "Retry add" }));
    await user.click(await screen.findByRole("button", { name: "Retry" }));

    expect(await screen.findByText("Retried 1 task.")).toBeVisible();
    expect(server.tasks[0]!.status).toBe("QUEUEING");
  });

  test("works from the keyboard: J to a row, Space, R", async () => {
    const { server, user } = renderPage("/", (server) => {
      server.tasks = [aTask.failed({ kwargs: { n: 0 } }), aTask.failed({ kwargs: { n: 1 } })];
    });
    await rowOf("(n=0)");

    await user.keyboard("jj ");
    expect(box("flaky(n=0)")).toBeChecked();
    await user.keyboard("{Escape}");
    expect(box("flaky(n=0)")).not.toBeChecked();
    await user.keyboard("r");

    await waitFor(() => expect(server.tasks[0]).toMatchObject({ status: "QUEUEING" }));
    expect(server.tasks[1]).toMatchObject({ status: "FAILED" });
  });
});

describe("a row", () => {
  test("shows how far its task is", async () => {
    renderPage("/", (server) => {
      server.tasks = [aTask.running({ progress: { fraction: 0.409, message: "409 of 1000" } })];
    });

    expect(await screen.findByRole("progressbar", { name: "Progress of add" })).toBeVisible();
    expect(screen.getByText("40 %")).toBeVisible();
    expect(screen.getByText("409 of 1000")).toBeVisible();
  });

  test("can be cancelled without opening it", async () => {
    const { user } = renderPage("/", (server) => (server.tasks = [aTask.running()]));

    await user.click(await screen.findByRole("button", { name: "Cancel add" }));

    expect(await rowOf("add")).toHaveTextContent("FAILEDcancelled");
    expect(screen.getByText(/^Cancelled 1 task\. One that runs ends as soon as/)).toBeVisible();
  });

  test("that waits has ended once it is cancelled, and nothing is said of workers", async () => {
    const { user } = renderPage("/", (server) => (server.tasks = [aTask.queueing()]));

    await user.click(await screen.findByRole("button", { name: "Cancel add" }));

    expect(await screen.findByText("Cancelled 1 task.")).toBeVisible();
  });
});

describe("an empty list", () => {
  test("creates a first task at one click", async () => {
    const { user } = renderPage("/", (server) => {
      server.types = [aType("count_to", "Count to n.", { properties: { n: { type: "integer" } } })];
      server.workers = [aWorker()];
    });

    await user.click(await screen.findByRole("button", { name: /^Create a first task/ }));

    expect(await rowOf("count_to")).toHaveTextContent("count_to(20)");
    expect(screen.queryByText(/No worker is running/)).toBeNull();
  });

  test("says why a first task was not created", async () => {
    const { server, user } = renderPage("/");
    const button = await screen.findByRole("button", { name: /^Create a first task/ });

    server.goAway();
    await user.click(button);

    expect(await screen.findByText(/It is not known whether the change was made/)).toBeVisible();
    await waitFor(() => expect(button).toBeEnabled());
  });

  test("leads to the form of any task", async () => {
    const { user } = renderPage("/");

    await user.click(await screen.findByRole("link", { name: "choose one yourself" }));

    expect(await screen.findByRole("dialog", { name: "Create task" })).toBeVisible();
  });

  test("says how to start a worker when there is none", async () => {
    renderPage("/");

    expect(await screen.findByText("./RUN.sh -w 1")).toBeVisible();
  });

  test("says that the filter matches nothing, and how to leave it", async () => {
    renderPage("/?status=running", (server) => (server.tasks = [aTask.finished()]));

    expect(await screen.findByText("No task is RUNNING now.")).toBeVisible();
    expect(screen.getByRole("link", { name: "Show every task" })).toHaveAttribute("href", "/");
  });
});

describe("a server that fails", () => {
  test("keeps old data on screen with its time, and recovers by itself", async () => {
    const { server } = renderPage("/", (server) => (server.tasks = [aTask.running({ id: "t" })]));
    await rowOf("add");

    server.goAway();
    expect(await screen.findByText("Reconnecting")).toBeVisible();
    expect(screen.getByText(/showing \d\d:\d\d:\d\d$/)).toBeVisible();
    expect(shownCalls()).toHaveLength(1);

    server.tasks = [aTask.finished({ id: "t" })];
    server.mood = "well";
    expect(await screen.findByText("Live", {}, { timeout: 3_000 })).toBeVisible();
    expect(await rowOf("add")).toHaveTextContent("FINISHED");
  });

  test("says what to do when it was never there", async () => {
    renderPage("/", (server) => (server.mood = "away"));

    expect(await screen.findByRole("alert")).toHaveTextContent("The server does not answer.");
  });

  test("says what to do when it does not serve this host", async () => {
    renderPage("/", (server) => (server.mood = "forbidden"));

    expect(await screen.findByRole("alert")).toHaveTextContent("ZONDA_ALLOWED_HOSTS");
  });
});
