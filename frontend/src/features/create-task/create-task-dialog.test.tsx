import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, test } from "vitest";
import { exactNumber, parseJson } from "@/lib/json";
import { renderPage } from "@/testing/render-page";
import type { FakeServer } from "@/testing/fake-server";
import { aTask, aType, aWorker, formTypes } from "@/testing/task-factory";

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

  test("a form that is left unsent is there again as it was, until it is sent or begun afresh", async () => {
    const { server, user } = await openForm("flaky");
    const rate = () => screen.getByRole("textbox", { name: /^failure_rate/ });
    const openAgain = async () => {
      await user.keyboard("c");
      await user.type(await screen.findByRole("combobox", { name: "Task type" }), "flaky{Enter}");
      await screen.findByRole("button", { name: "Create" });
    };
    await user.clear(rate());
    await user.type(rate(), "1");

    await user.keyboard("{Escape}");
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    await openAgain();
    expect(rate()).toHaveValue("1");

    await user.click(screen.getByRole("button", { name: "Begin afresh" }));
    expect(rate()).toHaveValue("0.4");
    expect(screen.queryByText("As you left it.")).toBeNull();

    await user.clear(rate());
    await user.type(rate(), "0.5");
    await user.click(screen.getByRole("button", { name: "Create" }));
    await waitFor(() => expect(server.tasks).toMatchObject([{ kwargs: { failure_rate: 0.5 } }]));
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    await openAgain();
    expect(rate()).toHaveValue("0.4");
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

    await user.click(screen.getByRole("textbox", { name: /^width/ }));
    await user.paste("12345678901234567890");
    await user.selectOptions(screen.getByRole("combobox", { name: /^format/ }), "webp");
    await user.click(screen.getByRole("switch", { name: /^sharpen/ }));
    await user.click(screen.getByRole("checkbox", { name: "name, not set" }));
    await user.type(screen.getByRole("textbox", { name: /^name/ }), "me");
    await user.click(screen.getByRole("button", { name: "Add a row to tags" }));
    await user.keyboard("x");
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

describe("values of several parts", () => {
  const withForms = (server: FakeServer) => (server.types = formTypes);

  test("get and lose rows by the keyboard, and the focus stays where one works", async () => {
    const { user } = await openForm("take_list", withForms);
    const row = (number: number) => screen.getByRole("textbox", { name: `tags, row ${number}` });
    const add = screen.getByRole("button", { name: "Add a row to tags" });
    for (const word of ["red", "green", "blue"]) {
      add.focus();
      await user.keyboard("{Enter}");
      await user.keyboard(word);
    }
    expect(row(3)).toHaveFocus();

    screen.getByRole("button", { name: "Remove tags, row 2" }).focus();
    await user.keyboard("{Enter}");
    expect(screen.getByRole("button", { name: "Remove tags, row 2" })).toHaveFocus();
    expect(row(2)).toHaveValue("blue");
    await user.keyboard("{Enter}{Enter}");
    expect(add).toHaveFocus();
  });

  test("show what is wrong at its own place, in the words of the server, and the focus goes there", async () => {
    const { server, user } = await openForm("take_route", withForms);
    await user.click(screen.getByRole("checkbox", { name: "route, not set" }));
    await user.click(screen.getByRole("button", { name: "Add a row to stops" }));
    await user.keyboard("far");
    await user.click(screen.getByRole("button", { name: "Create" }));

    const x = (of: RegExp) =>
      within(screen.getByRole("group", { name: of })).getByRole("textbox", { name: /^x/ });
    expect(x(/^stops, row 1/)).toHaveAccessibleDescription("must be a whole number, not text");
    expect(x(/^start/)).toHaveAccessibleDescription("is missing");
    await waitFor(() => expect(x(/^start/)).toHaveFocus());
    expect(server.requests.filter(({ method }) => method === "POST")).toHaveLength(0);
  });

  test("show what only the server knows at the place that it names", async () => {
    const { server, user } = await openForm("take_points", withForms);
    server.refuseCreation = {
      code: "BAD_ARGUMENTS",
      message: "take_points: parameter 'points[0].y' is on no map",
      parameter: "points",
      at: "[0].y",
      why: "is on no map",
    };
    await user.click(screen.getByRole("button", { name: "Add a row to points" }));
    await user.keyboard("1");
    await user.click(screen.getByRole("button", { name: "Create" }));

    await waitFor(() =>
      expect(screen.getByRole("textbox", { name: /^y/ })).toHaveAccessibleDescription("is on no map"),
    );
  });

  test("keep what was typed for one type of a union while another is looked at", async () => {
    const { user } = await openForm("take_union", withForms);
    await user.type(screen.getByRole("textbox", { name: /^value$/ }), "5");
    await user.selectOptions(screen.getByRole("combobox", { name: "value, type" }), "list of text");
    await user.selectOptions(screen.getByRole("combobox", { name: "value, type" }), "whole number");

    expect(screen.getByRole("textbox", { name: /^value$/ })).toHaveValue("5");
  });
});

describe("the tabs", () => {
  test("show the call as it stands, and what is wrong while there is none", async () => {
    const { user } = await openForm("add");
    await user.click(screen.getByRole("textbox", { name: /^a/ }));
    await user.paste("12345678901234567890");
    await user.click(screen.getByRole("tab", { name: "GraphQL" }));
    expect(screen.getByText(/not finished/)).toBeVisible();
    expect(screen.getByText("b", { selector: "code" }).closest("li")).toHaveTextContent("b is missing");

    await user.click(screen.getByRole("tab", { name: "Form" }));
    await user.type(screen.getByRole("textbox", { name: /^b/ }), "2");
    for (const [tab, part] of [
      ["JSON", '"a": 12345678901234567890'],
      ["GraphQL", "kwargs: {a: 12345678901234567890, b: 2}"],
      ["Python", '.create("add", a=12345678901234567890, b=2)'],
      ["curl", '"kwargs":{"a":12345678901234567890,"b":2}'],
    ] as const) {
      await user.click(screen.getByRole("tab", { name: tab }));
      expect(screen.getByLabelText(`The call as ${tab}`)).toHaveTextContent(part, {
        normalizeWhitespace: false,
      });
    }
  });

  test("Create works from each of them, and comes back to the form when something is wrong", async () => {
    const { user } = await openForm("add");
    await user.click(screen.getByRole("tab", { name: "curl" }));
    await user.click(screen.getByRole("button", { name: "Create" }));

    await waitFor(() => expect(screen.getByRole("textbox", { name: /^a/ })).toHaveFocus());
    expect(screen.getByRole("tab", { name: "Form" })).toHaveAttribute("aria-selected", "true");
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
    expect(wrong).toHaveAccessibleDescription("is missing");
    expect(server.requests.filter(({ method }) => method === "POST")).toHaveLength(0);
  });

  test("stands under the field that the server names", async () => {
    const { server, user } = await openForm("word_count");
    server.refuseCreation = {
      code: "BAD_ARGUMENTS",
      message: "word_count: parameter 'text' is too long",
      parameter: "text",
      at: "",
      why: "is too long",
    };

    await user.type(screen.getByRole("textbox", { name: /^text/ }), "x");
    await user.click(screen.getByRole("button", { name: "Create" }));

    await waitFor(() =>
      expect(screen.getByRole("textbox", { name: /^text/ })).toHaveAccessibleDescription("is too long"),
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
    expect(await screen.findByText(/It is not known whether anything was created/)).toBeVisible();
    const first = await sent(server);

    server.mood = "well";
    await user.click(screen.getByRole("button", { name: "Create" }));

    await waitFor(() => expect(server.tasks).toHaveLength(1));
    expect((await sent(server))["id"]).toBe(first["id"]);
  });

  test("no answer for many: the same ids go with the second try, and they are shown where they are", async () => {
    const { server, user } = await openForm("flaky");
    const idsSent = async () =>
      ((await sent(server))["tasks"] as { id: string; name: string }[]).map(({ id }) => id);
    const howMany = screen.getByRole("textbox", { name: "How many" });
    await user.clear(howMany);
    await user.type(howMany, "3");
    server.mood = "away";
    await user.click(screen.getByRole("button", { name: "Create" }));
    expect(await screen.findByText(/It is not known whether anything was created/)).toBeVisible();
    const first = await idsSent();

    server.mood = "well";
    await user.click(screen.getByRole("button", { name: "Create and open" }));

    expect(await screen.findByText("Created 3 tasks of flaky", { selector: ".notice *" })).toBeVisible();
    expect(await idsSent()).toEqual(first);
    expect(server.tasks.map(({ id }) => id)).toEqual(first);
    expect(new Set(first).size).toBe(3);
    expect(location.search).toBe(`?name=flaky&created=${server.tasks[0]?.createdAt}..`);
    expect(await screen.findAllByRole("row", { name: /flaky/ })).toHaveLength(3);
  });

  test("an unknown type in the link is said", async () => {
    renderPage("/?create=nothing", withWorker);

    expect(await screen.findByRole("alert")).toHaveTextContent("There is no task type nothing.");
  });

  test.each(["", "nothing"])(
    "where there is no type at all it is said what to do, with ?create=%s",
    async (name) => {
      renderPage(`/?create=${name}`, (server) => (server.types = []));

      const dialog = within(await screen.findByRole("dialog", { name: "Create task" }));
      expect(await dialog.findByText("There is no task function yet.")).toBeVisible();
      expect(dialog.getByText("ZONDA_APPS=shop PYTHONPATH=/where/shop/is ./RUN.sh")).toBeVisible();
      expect(dialog.queryByRole("combobox")).toBeNull();
      expect(dialog.queryByRole("alert")).toBeNull();
    },
  );

  test("of many types the first are listed, and each is found by typing", async () => {
    const types = Array.from({ length: 250 }, (_, at) => aType(`type_${at + 1}`, "", {}));
    const { user } = renderPage("/?create=", (server) => (server.types = types));

    const picker = await screen.findByRole("combobox", { name: "Task type" });
    await waitFor(() => expect(picker).toHaveFocus());
    await user.keyboard("{ArrowDown}");
    await waitFor(() => expect(document.querySelectorAll("[role=option]")).toHaveLength(100));
    expect(screen.getByText("The first 100 that match. Type more to find others.")).toBeVisible();
    await user.keyboard("type_24");

    await waitFor(() => expect(document.querySelectorAll("[role=option]")).toHaveLength(11));
    expect(screen.queryByText(/^The first 100/)).toBeNull();
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
