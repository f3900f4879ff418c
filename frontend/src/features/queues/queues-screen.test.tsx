import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, test } from "vitest";
import type { FakeServer } from "@/testing/fake-server";
import { renderPage } from "@/testing/render-page";
import { aQueue, aTask } from "@/testing/task-factory";

const ago = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString();
const rowOf = (queue: string) => screen.findByRole("row", { name: new RegExp(`^${queue}`) });

test("each queue shows what waits, for how long, and whether it is paused", async () => {
  renderPage("/queues", (server) => {
    server.tasks = [
      aTask.queueing({ queue: "mail", createdAt: ago(200.5) }),
      aTask.queueing({ queue: "mail", createdAt: ago(5) }),
      aTask.running({ queue: "mail" }),
      aTask.finished(),
    ];
    server.queues = [aQueue("mail", { paused: true, pauseReason: "the server is being moved" })];
  });

  const mail = await rowOf("mail");
  expect(mail).toHaveTextContent(/^mailpaused:the server is being moved23 min \d+ s1/);
  await waitFor(() => expect(mail).toHaveTextContent(/s10\.1 a minutenonenot while it is pausedResume$/));
  expect(within(mail).getByRole("link", { name: "2" })).toHaveAttribute(
    "href",
    "/?status=queueing&queue=mail",
  );
  expect(await rowOf("default")).toHaveTextContent(/^defaultopen0–0.*nothing waitsPause$/);
});

test("a queue is paused with a reason, and resumed", async () => {
  const { server, user } = renderPage("/queues", (server) => (server.tasks = [aTask.queueing()]));

  await user.click(await screen.findByRole("button", { name: "Pause default" }));
  const dialog = await screen.findByRole("alertdialog", { name: "Pause queue default?" });
  await waitFor(() => expect(within(dialog).getByRole("textbox", { name: "Reason" })).toHaveFocus());
  await user.keyboard("moving house{Enter}");

  await waitFor(async () => expect(await rowOf("default")).toHaveTextContent("paused:moving house"));
  expect(screen.queryByRole("alertdialog")).toBeNull();
  await user.click(screen.getByRole("button", { name: "Resume default" }));
  const resume = await screen.findByRole("alertdialog", { name: "Resume queue default?" });
  expect(resume).toHaveTextContent("It was paused because: moving house1 task waits in it");
  await waitFor(() => expect(within(resume).getByRole("button", { name: "Resume" })).toHaveFocus());
  await user.keyboard("{Enter}");
  await waitFor(async () => expect(await rowOf("default")).toHaveTextContent("open"));
  expect(server.queues).toEqual([aQueue("default")]);
});

test("the call of a pause can be copied as it will be sent", async () => {
  const { server, user } = renderPage("/queues", (server) => (server.tasks = [aTask.queueing()]));
  await user.click(await screen.findByRole("button", { name: "Pause default" }));
  const dialog = within(await screen.findByRole("alertdialog"));
  expect(dialog.queryByText(/^mutation PauseQueue/)).not.toBeVisible();

  await user.type(dialog.getByRole("textbox", { name: "Reason" }), "moving");
  await user.click(dialog.getByText("As a call"));
  const operation = dialog.getByLabelText("operation").textContent;
  const variables = dialog.getByLabelText("variables").textContent;
  await user.click(dialog.getByRole("button", { name: "Pause" }));
  await waitFor(() => expect(screen.queryByRole("alertdialog")).toBeNull());

  const sent: unknown = JSON.parse(
    await server.requests
      .find(({ method }) => method === "POST")!
      .clone()
      .text(),
  );
  expect(sent).toEqual({ query: operation, variables: JSON.parse(variables) as unknown });
  expect(variables).toContain('"reason": "moving"');
});

test("a refusal stays in the dialog with its reason", async () => {
  const { server, user } = renderPage("/queues", (server) => (server.tasks = [aTask.queueing()]));
  server.refuseChange = { code: "BAD_INPUT", message: "reason: has more than 1000 characters." };

  await user.click(await screen.findByRole("button", { name: "Pause default" }));
  await user.click(await screen.findByRole("button", { name: "Pause" }));

  expect(await screen.findByRole("alert")).toHaveTextContent(
    "BAD_INPUT).reason: has more than 1000 characters.",
  );
});

test("without a queue the page says when there is one", async () => {
  renderPage("/queues");

  expect(await screen.findByText("No queue has been used yet.")).toBeVisible();
});

test("what is due later is not told as waiting for a worker", async () => {
  renderPage("/queues", (server) => (server.tasks = [aTask.queueing({ runAfter: ago(-3600) })]));

  await waitFor(async () =>
    expect(await rowOf("default")).toHaveTextContent(/^defaultopen1–.*all due later, or with a worker/),
  );
});

/** Queues q000 to q299; in q000 nothing waits, in each next one a second longer. */
function threeHundred(server: FakeServer) {
  server.queues = Array.from({ length: 300 }, (_, at) => aQueue(nameAt(at)));
  server.tasks = Array.from({ length: 299 }, (_, at) =>
    aTask.queueing({ queue: nameAt(at + 1), createdAt: ago(1000 + at) }),
  );
}

const nameAt = (at: number) => `q${String(at).padStart(3, "0")}`;
const busy = (server: FakeServer, queue: string, tasks: number) => {
  for (let task = 0; task < tasks; task += 1) server.tasks.push(aTask.queueing({ queue, createdAt: ago(5) }));
};

// Not by their roles: among so many rows that takes a second.
const names = () => [...document.querySelectorAll("th .call-name")].map(({ textContent }) => textContent);
const row = (name: string) => screen.getByText(name, { selector: "th .call-name" }).closest("tr")!;
const links = () => within([...document.querySelectorAll<HTMLElement>("nav.pages")].at(-1)!);
const head = (label: string) => within(document.querySelector("thead")!).getByRole("button", { name: label });
const newRows = (words: string) => screen.findByText(words, { selector: ".new-rows button" });
const box = () => document.querySelector<HTMLInputElement>("input[type=search]")!;

describe("of three hundred queues", () => {
  test("a page is shown, and the others are reached by links, by the URL and by steps back", async () => {
    const { user } = renderPage("/queues", threeHundred);

    await screen.findByText("q000");
    expect(document.querySelectorAll("tr").length).toBeLessThan(150);
    expect(document.querySelector("table")).toHaveAttribute("aria-rowcount", "301");
    expect(screen.getByText("300 queues")).toBeVisible();

    await user.click(links().getByRole("link", { name: "Next 100" }));
    await waitFor(() => expect([names().length, names()[0]]).toEqual([100, "q100"]));
    expect(document.querySelector("h1")).toHaveFocus();
    expect(row("q100")).toHaveAttribute("aria-rowindex", "102");
    expect(links().getByText("101 to 200 of 300")).toBeVisible();
    const second = location.search;
    expect(second).toMatch(/^\?after=/);

    await user.click(links().getByRole("link", { name: "Next 100" }));
    await waitFor(() => expect(names().at(-1)).toBe("q299"));
    expect(links().queryByRole("link", { name: /^Next/ })).toBeNull();
    await user.click(links().getByRole("link", { name: "Previous 100" }));
    await waitFor(() => expect([names()[0], names().at(-1)]).toEqual(["q100", "q199"]));
    await user.click(links().getByRole("link", { name: "Previous 100" }));
    await waitFor(() => expect(names()[0]).toBe("q000"));
    expect(location.search).toBe("");

    history.go(-3);
    await waitFor(() => expect(names()[0]).toBe("q100"));
    expect(location.search).toBe(second);
  });

  test("those with a text in their name are found, and one step back leaves the search", async () => {
    const { user } = renderPage("/queues?sort=oldest&after=oldest:q299:0", threeHundred);
    await screen.findByText("q299");

    await user.keyboard("/Q12");
    await waitFor(() => expect(names()).toHaveLength(10));
    expect(names()[0]).toBe("q129");
    expect(location.search).toBe("?sort=oldest&q=Q12");
    expect(screen.getByText("10 found")).toBeVisible();
    expect(box()).toHaveFocus();

    history.back();
    await waitFor(() => expect(names()).toHaveLength(100));
    expect(box()).toHaveValue("");
  });

  test("none may fit, which is said, with a way out", async () => {
    const { user } = renderPage("/queues?q=nope", threeHundred);

    expect(await screen.findByText("No queue has “nope” in its name.")).toBeVisible();
    await user.click(screen.getByRole("link", { name: "Show every queue" }));
    await waitFor(() => expect(names()).toHaveLength(100));
    expect(location.search).toBe("");
  });

  test("a page that is there no more leads to the first one", async () => {
    const { user } = renderPage("/queues?after=name:z", threeHundred);

    await user.click(await screen.findByRole("link", { name: "Go to the first page" }));
    await waitFor(() => expect(names()[0]).toBe("q000"));
  });

  test("each head sorts by its column, and turns the order round", async () => {
    const { user } = renderPage("/queues", (server) => {
      threeHundred(server);
      busy(server, "q200", 3);
    });
    await screen.findByText("q000");
    const sorted = () => document.querySelector("th[aria-sort]")!;
    expect(sorted()).toHaveTextContent("Queue");
    expect(sorted()).toHaveAttribute("aria-sort", "ascending");

    await user.click(head("Oldest"));
    await waitFor(() => expect(names().slice(0, 2)).toEqual(["q299", "q298"]));
    expect([location.search, sorted().getAttribute("aria-sort")]).toEqual(["?sort=oldest", "descending"]);
    await user.click(head("Oldest"));
    await waitFor(() => expect(names()[0]).toBe("q001"));
    expect([location.search, sorted().getAttribute("aria-sort")]).toEqual(["?sort=oldest:asc", "ascending"]);
    await user.click(head("Queueing"));
    await waitFor(() => expect(names().slice(0, 2)).toEqual(["q200", "q001"]));
    await user.selectOptions(document.querySelector("select")!, "Queue, Z to A");
    await waitFor(() => expect(names()[0]).toBe("q299"));
    expect(location.search).toBe("?sort=name:desc");
    history.go(-2);
    await waitFor(() => expect(names()[0]).toBe("q001"));
  });

  test("none moves under who reads: what has moved is counted, and shown on demand", async () => {
    const { server, user } = renderPage("/queues?sort=queueing", threeHundred);
    await screen.findByText("q001");
    within(row("q003")).getByRole("button").focus();
    const before = names();

    server.change(() => {
      busy(server, "q003", 4);
      busy(server, "q250", 9);
    });

    const button = await newRows("2 queues have moved");
    await waitFor(() => expect(row("q003")).toHaveTextContent(/^q003open5/));
    expect(names()).toEqual(before);
    expect(document.querySelector("tr.left")).toBeNull();

    await user.click(button);
    await waitFor(() => expect(names().slice(0, 3)).toEqual(["q250", "q003", "q001"]));
    expect(document.querySelector(".new-rows button")).toBeNull();
  });

  test("a further page lets others in on demand alone", async () => {
    const { server, user } = renderPage("/queues?after=name:q099", threeHundred);
    await screen.findByText("q100");

    server.change(() => busy(server, "q100-a", 1));
    await user.click(await newRows("1 queue is new here"));

    await waitFor(() => expect(names().slice(0, 2)).toEqual(["q100", "q100-a"]));
    expect(names()).toHaveLength(100);
  });

  test("none moves under who reads when a pause ends", async () => {
    const { server, user } = renderPage("/queues?sort=queueing", threeHundred);
    await screen.findByText("q001");
    await user.keyboard("p");
    within(row("q003")).getByRole("button").focus();
    const before = names();
    server.change(() => busy(server, "q250", 9));
    await screen.findByText(/1 row has changed|rows have changed/);

    await user.keyboard("p");

    await newRows("1 queue has moved");
    expect(names()).toEqual(before);
    expect(document.querySelector("tr.left")).toBeNull();
  });

  test("one that moves to another page while it is read stays, and is told as it is", async () => {
    const { server } = renderPage("/queues?sort=queueing", threeHundred);
    await screen.findByText("q001");
    within(row("q003")).getByRole("button").focus();

    server.change(() => {
      server.tasks = server.tasks.filter(({ queue }) => queue !== "q003");
    });
    await waitFor(() => expect(row("q003")).toHaveTextContent(/^q003open0–/));
    server.change(() => busy(server, "q003", 2));

    await waitFor(() => expect(row("q003")).toHaveTextContent(/^q003open2/));
    expect(row("q003")).not.toHaveClass("left");
  });

  test("they stand in the order of now while nobody reads", async () => {
    const { server } = renderPage("/queues?sort=queueing", threeHundred);
    await screen.findByText("q001");

    server.change(() => busy(server, "q250", 9));

    await waitFor(() => expect(names()[0]).toBe("q250"));
    expect(document.querySelector(".new-rows button")).toBeNull();
  });

  test("only a page of them is asked for, also of what came and went", async () => {
    const { server } = renderPage("/queues", threeHundred);
    await waitFor(() => expect(row("q001")).toHaveTextContent("none ended in 15 min"));

    const asked = server.requests.map(({ url }) => new URL(url).searchParams);
    const queues = asked.filter((search) => /queuePage|queues\(/.test(search.get("query") ?? ""));
    expect(queues.length).toBeGreaterThan(1);
    for (const search of queues) expect(JSON.parse(search.get("variables")!)).toMatchObject({ first: 100 });
  });

  test("an order that is none is that by name, and what is meant is said", async () => {
    renderPage("/queues?sort=luck", threeHundred);

    expect(await screen.findByText(/^The address asks for sort:luck/)).toBeVisible();
    expect(names()[0]).toBe("q000");
  });
});
