import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, test } from "vitest";
import { renderPage } from "@/testing/render-page";
import { aTask, aType } from "@/testing/task-factory";

const rowOf = (name: string) => screen.findByRole("row", { name: new RegExp(`^${name}`) });
const shown = () =>
  screen.getAllByRole("rowheader").map((cell) => within(cell).getByRole("link").textContent);
const adding = { name: "add", path: "backend.demo.tasks.add" };
const box = () => screen.findByRole("searchbox", { name: "Search task types" });

describe("the task types", () => {
  test("tell name, path, description, what they take, queue and limits", async () => {
    renderPage("/types", (server) => {
      server.types = [
        ...server.types,
        { ...aType("none", "", {}), queue: "mail", maxAttempts: 3, timeout: 60 },
      ];
    });

    const flaky = await rowOf("flaky");
    expect(flaky).toHaveTextContent(
      "flakybackend.demo.tasks.flakyFail now and then, to show what a failure looks like." +
        "failure_rate number from 0 to 1, 0.4 unless givenBetween 0 (never) and 1 (always)" +
        "default1 attempt, no time limit",
    );
    expect(await rowOf("none")).toHaveTextContent(
      "nonebackend.demo.tasks.noneno argumentsmail3 attempts of 1 min each",
    );
    expect(within(flaky).getByRole("link", { name: "flaky" })).toHaveAttribute("href", "/?name=flaky");
    expect(screen.getByRole("link", { name: "Task types" })).toHaveAttribute("aria-current", "page");
  });

  test("tell what was done of each in a day, and chart the one that is chosen", async () => {
    const ago = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString();
    const { user } = renderPage("/types", (server) => {
      const times = { createdAt: ago(90), startedAt: ago(88), finishedAt: ago(80) };
      server.tasks = [aTask.finished(times), aTask.finished(times), aTask.failed({ ...times, ...adding })];
    });

    const add = await rowOf("add");
    await waitFor(() =>
      expect(add).toHaveTextContent("created 3failed 33 % of 3waited 2.0 sran 8.0 sCreateChart"),
    );
    expect(await rowOf("echo")).toHaveTextContent("nothingCreateChart");

    await user.click(screen.getByRole("link", { name: "Charts of add" }));
    const charts = await screen.findByRole("region", { name: "Charts of add" });
    expect(await within(charts).findByText("Tasks a minute")).toBeVisible();
    expect(location.search).toBe("?chart=add&reach=24h");
    await user.click(screen.getByRole("link", { name: "Close the charts of add" }));
    expect(location.search).toBe("");
  });

  test("are created from there with the form of that function", async () => {
    const { user } = renderPage("/types");

    await user.click(await screen.findByRole("link", { name: "Create a task of word_count" }));

    expect(await screen.findByRole("textbox", { name: /^text/ })).toBeVisible();
    expect(location.pathname + location.search).toBe("/types?create=word_count");
    await user.keyboard("{Escape}");
    await waitFor(() => expect(location.search).toBe(""));
  });

  test("go by their path where two share a name", async () => {
    renderPage("/types", (server) => {
      server.types = [...server.types, { ...aType("add", "Another", {}), path: "shop.tasks.add" }];
    });

    expect(await screen.findByRole("link", { name: "Create a task of shop.tasks.add" })).toHaveAttribute(
      "href",
      "/types?create=shop.tasks.add",
    );
  });

  test("show markup as text", async () => {
    renderPage("/types", (server) => (server.types = [aType("x", "<img src=x onerror=alert(1)>", {})]));

    expect(await rowOf("x")).toHaveTextContent("<img src=x onerror=alert(1)>");
    expect(document.querySelector("table img")).toBeNull();
  });

  test("that are none are said to be none", async () => {
    renderPage("/types", (server) => (server.types = []));

    expect(await screen.findByText("There is no task function yet.")).toBeVisible();
  });

  test("are not shown to whom the server does not serve", async () => {
    renderPage("/types", (server) => (server.mood = "forbidden"));

    expect(await screen.findByRole("alert")).toHaveTextContent("ZONDA_ALLOWED_HOSTS");
  });
});

describe("of more task types than a page has", () => {
  const many = () =>
    Array.from({ length: 250 }, (_, at) => aType(`type_${at + 1}`, at % 2 ? "odd" : "even", {}));
  const links = () => within([...document.querySelectorAll<HTMLElement>("nav.pages")].at(-1)!);
  // Not by their roles: among so many rows that takes a second.
  const names = () => [...document.querySelectorAll("th .call-name")].map(({ textContent }) => textContent);

  test("a page is shown, and the others are reached by its links and by the URL", async () => {
    const { user } = renderPage("/types", (server) => (server.types = many()));

    await screen.findByText("type_1");
    expect(names()).toHaveLength(100);
    expect(document.querySelectorAll("tr").length).toBeLessThan(150);
    expect(document.querySelector("table")).toHaveAttribute("aria-rowcount", "251");

    await user.click(links().getByRole("link", { name: "Next 100" }));
    await user.click(links().getByRole("link", { name: "Next 50" }));
    expect(location.search).toBe("?page=3");
    expect([names().length, names()[0]]).toEqual([50, "type_201"]);
    expect(document.querySelector("h1")).toHaveFocus();
    expect(links().getByText("201 to 250 of 250")).toBeVisible();

    history.back();
    await waitFor(() => expect(names()[0]).toBe("type_101"));
  });

  test("a search begins at its first page, and its pages keep it", async () => {
    const { user } = renderPage("/types?page=3", (server) => (server.types = many()));
    await box();

    await user.type(await box(), "even");
    expect(location.search).toBe("?q=even");
    expect(screen.getByText("125 of 250")).toBeVisible();
    await user.click(links().getByRole("link", { name: "Next 25" }));

    expect(location.search).toBe("?q=even&page=2");
    expect([names().length, names()[0]]).toEqual([25, "type_201"]);
  });
});

describe("searching task types", () => {
  test("goes by name and description, in the URL, and one step back leaves it", async () => {
    const { user } = renderPage("/types");
    await box();

    await user.keyboard("/how often");
    expect(shown()).toEqual(["word_count"]);
    expect(await box()).toHaveFocus();
    expect(location.search).toBe("?q=how+often");
    expect(screen.getByText("1 of 5")).toBeVisible();

    history.back();
    await waitFor(() => expect(shown()).toHaveLength(5));
    expect(await box()).toHaveValue("");
  });

  test("that a link names is there at once, and says when nothing is found", async () => {
    const { user } = renderPage("/types?q=nope");

    expect(await screen.findByText(/^No task type has “nope”/)).toBeVisible();
    await user.click(screen.getByRole("link", { name: "Show every task type" }));
    expect(shown()).toHaveLength(5);
  });
});
