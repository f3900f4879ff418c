import { act, screen, waitFor, within } from "@testing-library/react";
import { describe, expect, test } from "vitest";
import type { FakeServer } from "@/testing/fake-server";
import { renderPage } from "@/testing/render-page";
import { aTask, at } from "@/testing/task-factory";

const ago = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString();
const noRow = (row: number, seconds: number) =>
  aTask.failed({ id: `row-${row}`, name: "load", error: `KeyError: row ${row}`, finishedAt: ago(seconds) });
const refused = () =>
  aTask.failed({ id: "refused", name: "send", error: "OSError: refused", finishedAt: ago(9.5) });

/** Seven tasks that failed in one way and one that failed in another. */
function twoKinds(server: FakeServer) {
  server.tasks = [
    ...Array.from({ length: 7 }, (_, row) => noRow(row, 200.5 - row)),
    refused(),
    aTask.finished(),
    aTask.failed({ name: "gone", reason: "CANCELLED", error: "Cancelled." }),
  ];
}

const rows = () => screen.getAllByRole("row").slice(1);
const titles = () => rows().map((row) => within(row).getByRole("rowheader").textContent);

describe("the failures", () => {
  test("are grouped by what failed, the kind seen last first", async () => {
    renderPage("/failures", twoKinds);

    expect(await screen.findByRole("heading", { level: 1, name: "Failures" })).toBeVisible();
    await screen.findByRole("table", { name: "Failures" });
    expect(titles()).toEqual(["OSError: refused", "KeyError: row <n>"]);
    expect(rows()[1]).toHaveTextContent(/7load3 min ago3 min agoload\(\)Retry all$/);
    expect(within(rows()[1]!).getAllByText("3 min ago")[0]).toHaveAttribute(
      "title",
      expect.stringMatching(/^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2} \(UTC/) as string,
    );
    expect(screen.getByRole("link", { name: "Failures" })).toHaveAttribute("aria-current", "page");
    expect(document.title).toBe("Failures · Zonda");
  });

  test("say where in the code they failed, and what is counted", async () => {
    renderPage("/failures", (server) => {
      const told = 'Traceback:\n  File "/srv/shop/tasks/<b>.py", line 4, in <lambda>\nKeyError: 1';
      const [attempt] = aTask.failed().attempts;
      server.tasks = [
        aTask.failed({
          error: "KeyError: 1",
          attempts: [{ ...attempt!, traceback: told }],
          finishedAt: ago(9),
        }),
        aTask.failed({ error: "Lost", reason: "LOST", attempts: [], finishedAt: ago(99) }),
      ];
    });
    await screen.findByRole("table", { name: "Failures" });

    expect(titles()).toEqual(["KeyError: <n>in shop/tasks/<b>.py <lambda>", "Lostlost"]);
    expect(
      screen.getByText(
        /^FAILED tasks by what went wrong: an error, a timeout, a loss or a rejection\. .*<n>/,
      ),
    ).toBeVisible();
  });

  test("link to a sample, and to the list of the tasks that failed so", async () => {
    const { user } = renderPage("/failures", twoKinds);
    await screen.findByRole("table", { name: "Failures" });

    expect(within(rows()[0]!).getByRole("link", { name: "send()" })).toHaveAttribute(
      "href",
      "/tasks/refused",
    );
    await user.click(screen.getByRole("link", { name: "KeyError: row <n>" }));

    expect(await screen.findByRole("table", { name: "Tasks" })).toBeVisible();
    expect(rows()).toHaveLength(7);
    const pill = await screen.findByRole("link", { name: "Remove failure: KeyError: row <n>" });
    await user.click(pill);
    await waitFor(() => expect(rows()).toHaveLength(9));
    expect(location.search).toBe("?status=failed");
  });

  test("say how they ended when that was no error", async () => {
    renderPage("/failures", (server) => {
      server.tasks = [aTask.failed({ reason: "TIMEOUT", error: "It ran longer than 5 s." })];
    });

    expect(await screen.findByRole("rowheader")).toHaveTextContent("It ran longer than <n> s.timed out");
  });

  test("show markup as text", async () => {
    renderPage("/failures", (server) => {
      server.tasks = [aTask.failed({ name: "<b>x</b>", error: "<img src=x onerror=alert(1)>" })];
    });

    const header = await screen.findByRole("rowheader");
    expect(header).toHaveTextContent("<img src=x onerror=alert(<n>)>");
    expect(document.querySelector("table img, table b")).toBeNull();
  });

  test("that are none are said to be none, until there is one", async () => {
    const expired = aTask.failed({ reason: "EXPIRED", error: "It expired before it was started." });
    const { server } = renderPage("/failures", (server) => (server.tasks = [aTask.finished(), expired]));
    expect(
      await screen.findByText("No task has failed by an error or a timeout, was lost or was rejected."),
    ).toBeVisible();
    expect(screen.getByRole("link", { name: "See all that are FAILED" })).toHaveAttribute(
      "href",
      "/?status=failed",
    );

    server.change(() => server.tasks.push(refused()));

    expect(await screen.findByRole("rowheader")).toHaveTextContent("OSError: refused");
  });

  test("are not shown to whom the server does not serve", async () => {
    renderPage("/failures", (server) => (server.mood = "forbidden"));

    expect(await screen.findByRole("alert")).toHaveTextContent("ZONDA_ALLOWED_HOSTS");
    expect(screen.queryByText(/^No task has failed/)).toBeNull();
  });

  test("stay on screen while the server is away", async () => {
    const { server } = renderPage("/failures", twoKinds);
    await screen.findByRole("table", { name: "Failures" });

    server.goAway();

    expect(await screen.findByText(/^showing \d\d:/)).toBeVisible();
    expect(rows()).toHaveLength(2);
  });
});

describe("retrying a group", () => {
  test("says how many and shows five, then retries all that failed so", async () => {
    const { server, user } = renderPage("/failures", twoKinds);

    await user.click(await screen.findByRole("button", { name: "Retry 7 tasks with KeyError: row <n>" }));
    const dialog = await screen.findByRole("alertdialog", { name: "Retry 7 tasks?" });
    await waitFor(() => expect(within(dialog).getAllByText("load")).toHaveLength(5));
    expect(dialog).toHaveTextContent("and 2 more");
    await waitFor(() => expect(screen.getByRole("button", { name: "Retry 7 tasks" })).toHaveFocus());
    await user.keyboard("{Enter}");

    expect(await screen.findByText("Retried 7 tasks.")).toBeVisible();
    expect(server.tasks.filter(({ status }) => status === "QUEUEING")).toHaveLength(7);
    expect(server.tasks.find(({ id }) => id === "refused")?.status).toBe("FAILED");
  });

  test("is left with Escape, and says why it was refused", async () => {
    const { server, user } = renderPage("/failures", twoKinds);
    server.refuseChange = { code: "UNAVAILABLE", message: "The record is locked." };

    await user.click(await screen.findByRole("button", { name: /^Retry 1 task / }));
    await user.click(await screen.findByRole("button", { name: "Retry 1 task" }));
    expect(await screen.findByRole("alert")).toHaveTextContent("UNAVAILABLE).The record is locked.");
    await user.keyboard("{Escape}");

    await waitFor(() => expect(screen.queryByRole("alertdialog")).toBeNull());
    expect(server.tasks.find(({ id }) => id === "refused")?.status).toBe("FAILED");
  });
});

describe("while somebody reads", () => {
  test("rows keep their places, and a new kind waits behind a button", async () => {
    const { server, user } = renderPage("/failures", twoKinds);
    await screen.findByRole("table", { name: "Failures" });
    act(() => screen.getByRole("link", { name: "OSError: refused" }).focus());

    server.change(() => {
      server.tasks = [noRow(8, 3), aTask.failed({ error: "MemoryError", finishedAt: at(0) })];
    });

    const button = await screen.findByRole("button", { name: "1 new kind of failure" });
    expect(titles()).toEqual(["OSError: refusedno task failed so any more", "KeyError: row <n>"]);
    expect(rows()[0]).toHaveClass("left");
    expect(screen.getByRole("link", { name: "OSError: refused" })).toHaveFocus();

    await user.click(button);
    await waitFor(() => expect(titles()).toEqual(["KeyError: row <n>", "MemoryError"]));
  });
});
