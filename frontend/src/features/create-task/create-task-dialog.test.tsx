import { screen, waitFor } from "@testing-library/react";
import { describe, expect, test } from "vitest";
import { exactNumber, parseJson } from "@/lib/json";
import { renderPage } from "@/testing/render-page";
import type { FakeServer } from "@/testing/fake-server";
import { aTask, aWorker } from "@/testing/task-factory";

const withWorker = (server: FakeServer) => (server.workers = [aWorker()]);

/** The variables of the last createTask that was sent. */
async function sent(server: FakeServer) {
  const posts = server.requests.filter(({ method }) => method === "POST");
  const body = parseJson(await posts.at(-1)!.clone().text()) as { variables: Record<string, unknown> };
  return body.variables;
}

async function openForm(type: string, prepare: (server: FakeServer) => void = withWorker) {
  const page = renderPage(`/?create=${type}`, prepare);
  await screen.findByRole("button", { name: "Create" });
  return page;
}

describe("creating a task", () => {
  test("takes C, a name, Tab, arguments and Enter", async () => {
    const { server, user } = renderPage("/", withWorker);
    await screen.findByText("No tasks yet.");

    await user.keyboard("c");
    const picker = await screen.findByRole("combobox", { name: "Task type" });
    await waitFor(() => expect(picker).toHaveFocus());
    await user.keyboard("add");
    await user.tab();
    await user.keyboard("1");
    await user.tab();
    await user.keyboard("2{Enter}");

    expect(await screen.findByText("Created add(a=1, b=2)", { selector: ".notice *" })).toBeVisible();
    expect(server.tasks).toMatchObject([{ name: "add", args: [], kwargs: { a: 1, b: 2 } }]);
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(await screen.findByRole("row", { name: /add/ })).toHaveTextContent("QUEUEING");
    expect(location.search).toBe("");
  });

  test("can open the task at once", async () => {
    const { user } = await openForm("flaky");

    await user.click(screen.getByRole("button", { name: "Create and open" }));

    expect(await screen.findByRole("heading", { level: 1, name: "flaky()" })).toBeVisible();
    expect(location.pathname).toMatch(/^\/tasks\/[0-9a-f-]{36}$/);
  });

  test("finds a type by its description", async () => {
    const { user } = renderPage("/?create=", withWorker);

    await user.type(await screen.findByRole("combobox", { name: "Task type" }), "how often");
    await user.keyboard("{Enter}");

    expect(await screen.findByRole("textbox", { name: /^text/ })).toBeVisible();
    expect(location.search).toBe("?create=word_count");
  });

  test("fills defaults in and sends only what was changed", async () => {
    const { server, user } = await openForm("flaky");
    const rate = screen.getByRole("textbox", { name: /^failure_rate/ });
    expect(rate).toHaveValue("0.4");
    expect(rate).toHaveAccessibleDescription("Between 0 (never) and 1 (always)");

    await user.clear(rate);
    await user.type(rate, "1");
    await user.click(screen.getByRole("button", { name: "Create" }));

    await waitFor(() => expect(server.tasks).toMatchObject([{ kwargs: { failure_rate: 1 } }]));
  });

  test("has a control for every kind of parameter", async () => {
    const { server, user } = await openForm("resize");

    await user.type(screen.getByRole("textbox", { name: /^width/ }), "12345678901234567890");
    await user.selectOptions(screen.getByRole("combobox", { name: /^format/ }), "webp");
    await user.click(screen.getByRole("switch", { name: /^sharpen/ }));
    await user.click(screen.getByRole("checkbox", { name: "not set" }));
    await user.type(screen.getByRole("textbox", { name: /^name/ }), "me");
    const tags = screen.getByRole("textbox", { name: /^tags/ });
    await user.clear(tags);
    await user.type(tags, '[["x"]');
    await user.click(screen.getByRole("button", { name: "Create" }));

    await waitFor(() => expect(server.tasks).toHaveLength(1));
    const body = await server.requests
      .findLast(({ method }) => method === "POST")!
      .clone()
      .text();
    expect(body).toContain(
      '"kwargs":{"width":12345678901234567890,"format":"webp","sharpen":true,"name":"me","tags":["x"]}',
    );
  });

  test("sends what stands under the options, and a fresh id unless one is given", async () => {
    const { server, user } = await openForm("flaky");
    await user.click(screen.getByText(/^Options/));
    await user.type(await screen.findByRole("textbox", { name: "Queue" }), "mail");
    await user.type(screen.getByRole("textbox", { name: "Priority" }), "10");
    await user.type(screen.getByRole("textbox", { name: "Id" }), "mine-1");
    await user.click(screen.getByRole("button", { name: "Create" }));

    await waitFor(async () =>
      expect(await sent(server)).toEqual({
        name: "flaky",
        args: [],
        kwargs: {},
        queue: "mail",
        priority: 10,
        id: "mine-1",
      }),
    );
  });
});

describe("running a task again with changes", () => {
  test("opens the form with what that task was given", async () => {
    const { server, user } = renderPage("/tasks/t", (server) => {
      server.tasks = [
        aTask.failed({
          id: "t",
          name: "add",
          path: "backend.demo.tasks.add",
          args: [exactNumber("12345678901234567890")],
          kwargs: { b: 2 },
          queue: "mail",
          maxAttempts: 3,
        }),
      ];
    });

    await user.click(await screen.findByRole("link", { name: "Run again with changes" }));

    expect(await screen.findByRole("dialog", { name: "Run again with changes" })).toBeVisible();
    expect(await screen.findByRole("textbox", { name: /^a/ })).toHaveValue("12345678901234567890");
    expect(screen.getByRole("textbox", { name: "Queue" })).toHaveValue("mail");
    const b = screen.getByRole("textbox", { name: /^b/ });
    await user.clear(b);
    await user.type(b, "3");
    await user.click(screen.getByRole("button", { name: "Create" }));

    await waitFor(() => expect(server.tasks).toHaveLength(2));
    expect(server.tasks[1]).toMatchObject({ name: "add", kwargs: { b: 3 }, queue: "mail", maxAttempts: 3 });
    expect(server.tasks[1]?.id).not.toBe("t");
  });

  test("says when that task is gone, and leaves the form empty", async () => {
    renderPage("/?create=add&from=nope", withWorker);

    expect(await screen.findByRole("alert")).toHaveTextContent("not there any more");
    expect(screen.getByRole("textbox", { name: /^a/ })).toHaveValue("");
  });
});

describe("what is wrong", () => {
  test("stands under its field before anything is sent, and has the focus", async () => {
    const { server, user } = await openForm("add");

    await user.type(screen.getByRole("textbox", { name: /^a/ }), "1");
    await user.click(screen.getByRole("button", { name: "Create" }));

    const wrong = screen.getByRole("textbox", { name: /^b/ });
    await waitFor(() => expect(wrong).toHaveFocus());
    expect(wrong).toBeInvalid();
    expect(wrong).toHaveAccessibleDescription("Enter a number.");
    expect(server.requests.filter(({ method }) => method === "POST")).toHaveLength(0);
  });

  test("stands under the field that the server names", async () => {
    const { server, user } = await openForm("word_count");
    server.refuseCreation = { code: "BAD_ARGUMENTS", message: "text: is too long", parameter: "text" };

    await user.type(screen.getByRole("textbox", { name: /^text/ }), "x");
    await user.click(screen.getByRole("button", { name: "Create" }));

    await waitFor(() =>
      expect(screen.getByRole("textbox", { name: /^text/ })).toHaveAccessibleDescription("text: is too long"),
    );
  });

  test("is said above the buttons when it is about no field", async () => {
    const { server, user } = await openForm("flaky");
    server.refuseCreation = { code: "CONFLICT", message: "Another task has this id." };

    await user.click(screen.getByRole("button", { name: "Create" }));

    expect(await screen.findByRole("alert")).toHaveTextContent("CONFLICT).Another task has this id.");
  });

  test("opens the options when it is there", async () => {
    const { user } = await openForm("flaky");
    await user.click(screen.getByText(/^Options/));
    await user.type(await screen.findByRole("textbox", { name: "Priority" }), "101");
    await user.click(screen.getByRole("button", { name: "Create" }));

    expect(await screen.findByText("Enter a whole number from −100 to 100.")).toBeVisible();
  });

  test("no answer: the same id goes with the second try, so that one task is made", async () => {
    const { server, user } = await openForm("flaky");
    server.mood = "away";
    await user.click(screen.getByRole("button", { name: "Create" }));
    expect(await screen.findByText(/It is not known whether the task was created/)).toBeVisible();
    const first = await sent(server);

    server.mood = "well";
    await user.click(screen.getByRole("button", { name: "Create" }));

    await waitFor(() => expect(server.tasks).toHaveLength(1));
    expect((await sent(server))["id"]).toBe(first["id"]);
  });

  test("an unknown type in the link is said", async () => {
    renderPage("/?create=nothing", withWorker);

    expect(await screen.findByRole("alert")).toHaveTextContent("There is no task type nothing.");
  });
});

describe("single keys", () => {
  test("do nothing while one types", async () => {
    const { user } = await openForm("word_count");

    await user.type(screen.getByRole("textbox", { name: /^text/ }), "ccc");

    expect(screen.getByRole("textbox", { name: /^text/ })).toHaveValue("ccc");
  });

  test("can be turned off", async () => {
    const { user } = renderPage("/", withWorker);
    await user.click(await screen.findByRole("checkbox", { name: /Single keys/ }));
    await user.click(screen.getByRole("heading", { name: "Tasks" }));

    await user.keyboard("c");

    expect(screen.queryByRole("dialog")).toBeNull();
  });
});
