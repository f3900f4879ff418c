import { screen, waitFor, within } from "@testing-library/react";
import type { UserEvent } from "@testing-library/user-event";
import { describe, expect, test } from "vitest";
import { renderPage } from "@/testing/render-page";
import { aTask } from "@/testing/task-factory";

const palette = () => screen.findByRole("dialog", { name: "Command palette" });
const input = () => screen.findByRole("combobox", { name: "Search commands" });
const closed = () => waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
const firstOption = async () => within(await palette()).getAllByRole("option")[0];

async function command(user: UserEvent, text: string) {
  await user.keyboard("{Control>}k{/Control}");
  const field = await input();
  await waitFor(() => expect(field).toHaveFocus());
  await user.keyboard(text);
}

describe("the command palette", () => {
  test("goes where its first command says, with the keyboard alone", async () => {
    const { user } = renderPage("/");
    await screen.findByText("Live");

    await command(user, "fail");
    expect(await firstOption()).toHaveTextContent("Failures G then F");
    expect(await firstOption()).toHaveAttribute("data-highlighted");
    expect(await screen.findByText("4 commands")).toBeVisible();
    await user.keyboard("{Enter}");

    await waitFor(() => expect(location.pathname).toBe("/failures"));
    await closed();
    expect(screen.getByRole("heading", { level: 1, name: "Failures" })).toHaveFocus();
  });

  test("is opened by a button too, and gives the focus back when it is left", async () => {
    const { user } = renderPage("/types");
    const button = await screen.findByRole("button", { name: "Commands" });
    await user.click(button);
    await input();

    await user.keyboard("{Escape}");

    await closed();
    expect(button).toHaveFocus();
  });

  test("is closed by the keys that opened it, also while single keys are off", async () => {
    localStorage.setItem("zonda.keys", "off");
    const { user } = renderPage("/types");
    await command(user, "nothing has these words");
    expect(await palette()).toHaveTextContent("No command has these words.");

    await user.keyboard("{Control>}k{/Control}");

    await closed();
  });

  test("does not open above a form", async () => {
    const { user } = renderPage("/types?create=add");
    await screen.findByRole("textbox", { name: /^a\b/ });

    await user.keyboard("{Control>}k{/Control}");

    expect(screen.queryByRole("combobox", { name: "Search commands" })).toBeNull();
  });

  test("holds the rows beneath; then does what a key does, once the focus is back", async () => {
    const { server, user } = renderPage("/", (server) => (server.tasks = [aTask.finished()]));
    await screen.findByRole("row", { name: /add/ });
    await user.keyboard("j");
    await command(user, "show new");
    server.change(() => server.tasks.push(aTask.queueing({ name: "late" })));
    expect(await screen.findAllByText("1 new task")).not.toEqual([]);
    expect(screen.queryByText("late")).toBeNull();

    expect(await firstOption()).toHaveTextContent("Show what is new N");
    await user.keyboard("{Enter}");

    expect(await screen.findByText("late")).toBeVisible();
    expect(screen.getByRole("heading", { level: 1, name: "Tasks" })).toHaveFocus();
  });

  test("works while the server is away, and says what it could not ask", async () => {
    const { server, user } = renderPage("/");
    await screen.findByText("Live");
    server.goAway();

    await command(user, "dark");
    expect(await screen.findByText(/could not be asked for$/)).toBeVisible();
    await user.keyboard("{Enter}");

    await waitFor(() => expect(document.documentElement).toHaveAttribute("data-theme", "dark"));
  });
});
