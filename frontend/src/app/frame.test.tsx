import { act, screen, waitFor, within } from "@testing-library/react";
import { describe, expect, test } from "vitest";
import { keys } from "@/lib/keys";
import { renderPage } from "@/testing/render-page";
import { aTask, aWorker } from "@/testing/task-factory";

const heading = (name: string) => screen.findByRole("heading", { level: 1, name });
const sign = () => document.querySelector(".live")!;

describe("keys", () => {
  test.each([
    ["gt", "Tasks", "/"],
    ["gf", "Failures", "/failures"],
    ["gw", "Workers", "/workers"],
    ["gq", "Queues", "/queues"],
    ["gy", "Task types", "/types"],
  ])("%s goes to %s", async (pressed, name, path) => {
    const { user } = renderPage(path === "/" ? "/workers" : "/");
    await screen.findByText("Live");

    await user.keyboard(pressed);

    expect(await heading(name)).toBeVisible();
    expect(location.pathname).toBe(path);
    expect(await heading(name)).toHaveFocus();
  });

  test("that follow G by something else go nowhere", async () => {
    const { user } = renderPage("/");
    await screen.findByText("Live");

    await user.keyboard("gnt");
    await user.keyboard("t");

    expect(location.pathname).toBe("/");
  });

  test("are all told by ?, from the one table", async () => {
    const { user } = renderPage("/");
    await screen.findByText("Live");

    await user.keyboard("?");
    const help = await screen.findByRole("dialog", { name: "Keys" });

    expect(within(help).getAllByRole("term")).toHaveLength(Object.keys(keys).length);
    expect(help).toHaveTextContent("G then Fgo to Failures");
    await user.keyboard("{Escape}");
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  });

  test("are turned off in the help, which a button opens as well, and stay off", async () => {
    const { user } = renderPage("/");
    await screen.findByText("Live");
    await user.click(screen.getByRole("button", { name: "All keys ?" }));
    await user.click(
      within(await screen.findByRole("dialog")).getByRole("checkbox", { name: "Single keys act" }),
    );
    await user.keyboard("{Escape}");
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());

    await user.keyboard("gfc?");

    expect(location.pathname + location.search).toBe("/");
    expect(screen.queryByRole("dialog")).toBeNull();
    expect(localStorage.getItem("zonda.keys")).toBe("off");
  });

  test("J and K go through the rows of every list", async () => {
    const { user } = renderPage("/types");
    await screen.findByRole("table");

    await user.keyboard("jj");
    expect(screen.getByRole("link", { name: "flaky" })).toHaveFocus();
    await user.keyboard("k");
    expect(screen.getByRole("link", { name: "add" })).toHaveFocus();
  });

  test("R on a row of the failures asks before it retries them", async () => {
    const { user } = renderPage("/failures", (server) => (server.tasks = [aTask.failed()]));
    await screen.findByRole("table");

    await user.keyboard("jr");

    expect(await screen.findByRole("alertdialog", { name: "Retry 1 task?" })).toBeVisible();
  });
});

describe("the live sign", () => {
  test("is not there where nothing is asked of the server", async () => {
    renderPage("/nothing");

    expect(await heading("Not found")).toBeVisible();

    expect(sign()).toBeNull();
  });
});

describe("the live switch", () => {
  test("holds back what changes, counts it, and shows it once it is turned on", async () => {
    const { server, user } = renderPage("/workers", (server) => (server.workers = [aWorker()]));
    await screen.findByRole("row", { name: /^W1/ });

    await user.keyboard("p");
    expect(sign()).toHaveTextContent("Paused, nothing has changed");
    server.change(() => server.workers.push(aWorker({ topic: "W2" })));
    await waitFor(() => expect(sign()).toHaveTextContent("Paused, 1 row has changed"));
    server.change(() => server.workers.push(aWorker({ topic: "W3" })));
    await waitFor(() => expect(sign()).toHaveTextContent("Paused, 2 rows have changed"));
    expect(screen.queryByRole("row", { name: /^W2/ })).toBeNull();
    server.change(() => (server.workers = [aWorker({ pending: 1 }), ...server.workers.slice(1, 2)]));
    // One that changed and one that came; a third has come and gone.
    await waitFor(() => expect(sign()).toHaveTextContent("Paused, 2 rows have changed"));
    server.change(() => (server.workers = [aWorker({ pending: 2 }), ...server.workers.slice(1)]));
    server.change(() => (server.workers = [aWorker({ pending: 3 }), ...server.workers.slice(1)]));
    await waitFor(() => expect(sign()).toHaveTextContent("Paused, 2 rows have changed"));
    server.change(() => (server.workers = [aWorker()]));
    await waitFor(() => expect(sign()).toHaveTextContent("Paused, nothing has changed"));
    server.change(() => server.workers.push(aWorker({ topic: "W3" })));
    await waitFor(() => expect(sign()).toHaveTextContent("Paused, 1 row has changed"));

    await user.click(screen.getByRole("button", { name: "Resume" }));
    expect(await screen.findByRole("row", { name: /^W3/ })).toBeVisible();
    expect(sign()).toHaveTextContent("Live");
  });

  test("shows where one goes meanwhile, and holds from there on", async () => {
    const { server, user } = renderPage("/", (server) => (server.tasks = [aTask.finished(), aTask.failed()]));
    await screen.findByRole("row", { name: /flaky/ });
    await user.click(screen.getByRole("button", { name: "Pause" }));

    await user.click(screen.getByRole("link", { name: /^FINISHED/ }));
    await waitFor(() => expect(screen.queryByRole("row", { name: /flaky/ })).toBeNull());
    server.change(() => server.tasks.push(aTask.finished({ name: "late" })));
    await waitFor(() => expect(sign()).toHaveTextContent("Paused, 1 row has changed"));
    expect(screen.queryByRole("row", { name: /late/ })).toBeNull();

    act(() => screen.getByRole("link", { name: "add(a=1, b=2)" }).focus());
    await user.keyboard("gf");
    expect(await screen.findByText("Unlucky: flaky failed, as it does <n>% of the time")).toBeVisible();
    expect(sign()).toHaveTextContent("Paused, nothing has changed");
  });

  test("does not change rows though somebody begins to read them", async () => {
    const { server, user } = renderPage("/", (server) => (server.tasks = [aTask.queueing({ id: "t" })]));
    await screen.findByRole("row", { name: /add/ });
    await user.keyboard("p");
    server.change(() => (server.tasks = [aTask.finished({ id: "t" })]));
    await waitFor(() => expect(sign()).toHaveTextContent("1 row has changed"));

    await user.keyboard("j");
    const asked = server.requests.length;
    server.change(() => server.tasks.push(aTask.queueing()));
    await waitFor(() => expect(server.requests.length).toBeGreaterThan(asked));
    expect(screen.getByRole("row", { name: /add/ })).toHaveTextContent("QUEUEING");

    await user.keyboard("p");
    await waitFor(() => expect(screen.getByRole("row", { name: /add/ })).toHaveTextContent("FINISHED"));
    expect(await screen.findByRole("button", { name: "1 new task" })).toBeVisible();
  });

  test("says that the server is away even so", async () => {
    const { server, user } = renderPage("/workers", (server) => (server.workers = [aWorker()]));
    await screen.findByRole("row", { name: /^W1/ });
    await user.keyboard("p");

    server.goAway();

    expect(await screen.findByText(/^Reconnecting/)).toBeVisible();
    server.mood = "well";
    await waitFor(() => expect(sign()).toHaveTextContent(/^Paused/));
  });
});
