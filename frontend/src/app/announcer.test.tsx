import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { renderPage } from "@/testing/render-page";
import { aTask, aWorker } from "@/testing/task-factory";

/** All that is read aloud when it changes, without interrupting, but the lists' own counts of hits, which are the library's. */
const POLITE = "[role=status], [role=log], output, [aria-live]:not([aria-live=off], [role=alert])";
const LIBRARY = ".palette-foot, [role=dialog] .popup-empty";

const regions = () => [...document.querySelectorAll(POLITE)].filter((region) => !region.matches(LIBRARY));
const announcer = () => document.querySelector(".announcer")!;

/** What the region comes to say from now on. */
function listen(): string[] {
  const heard: string[] = [];
  new MutationObserver(() => {
    if (announcer().textContent) heard.push(announcer().textContent);
  }).observe(announcer(), { childList: true, subtree: true, characterData: true });
  return heard;
}

test.each(["/", "/failures", "/workers", "/queues", "/types", "/tasks/t", "/nothing"])(
  "%s has one polite region, from the start and when all is there",
  async (address) => {
    renderPage(address, (server) => {
      server.tasks = [aTask.failed({ id: "t" })];
      server.workers = [aWorker()];
    });
    const [first, ...others] = regions();
    expect(others).toEqual([]);

    await screen.findByRole("heading", { level: 1 });
    if (address !== "/nothing") await screen.findByText("Live");

    expect(regions()).toEqual([first]);
    expect(first).toBe(announcer());
  },
);

test.each([
  ["the Create dialog", "c", "dialog"],
  ["the commands", "{Control>}k{/Control}", "dialog"],
  ["a question", "jr", "alertdialog"],
])("%s leaves it within hearing, and brings no other", async (_, pressed, role) => {
  const { user } = renderPage("/", (server) => (server.tasks = [aTask.finished()]));
  await screen.findByRole("link", { name: /^add/ });

  await user.keyboard(pressed);
  await screen.findByRole(role);

  // The rest is out of hearing: this is no dialog that hides nothing.
  await waitFor(() => expect(document.querySelector(".frame")!.closest("[aria-hidden=true]")).not.toBeNull());
  expect(announcer().closest("[aria-hidden=true], [inert]")).toBeNull();
  expect(regions()).toEqual([announcer()]);
});

test("what changes within a moment is announced at once, and what comes right after it later", async () => {
  renderPage("/", (server) => (server.tasks = [aTask.failed(), aTask.failed()]));
  await screen.findByText("Live");
  const heard = listen();

  // No timer comes in between, however slow this is.
  for (const box of await screen.findAllByRole("checkbox", { name: /^Select flaky/ })) fireEvent.click(box);
  fireEvent.keyDown(document.body, { key: "p" });
  await waitFor(() => expect(heard).toEqual(["2 selected. Paused."]));
  const saidAt = performance.now();
  fireEvent.keyDown(document.body, { key: "p" });
  await waitFor(() => expect(heard).toEqual(["2 selected. Paused.", "Live."]));

  // Less a little: a timer and the clock may be told apart by a millisecond.
  expect(performance.now() - saidAt).toBeGreaterThan(1_300);
});

test("the same is announced again when it is done again", async () => {
  const { user } = renderPage("/tasks/t", (server) => (server.tasks = [aTask.failed({ id: "t" })]));
  await screen.findByText("Live");
  const heard = listen();
  const copy = screen.getByRole("button", { name: "Copy id" });

  await user.click(copy);
  expect(copy).toHaveTextContent("Copied");
  await waitFor(() => expect(heard).toEqual(["Copied id."]));
  await user.click(copy);
  await waitFor(() => expect(heard).toEqual(["Copied id.", "Copied id."]));

  // That it says "Copy" again is no news.
  await waitFor(() => expect(copy).toHaveTextContent(/^Copy$/));
  expect(copy).toHaveAccessibleName("Copy id");
  expect(heard).toHaveLength(2);
});

test("a failure is an alert, and not announced besides", async () => {
  const { user } = renderPage("/", (server) => (server.tasks = [aTask.finished(), aTask.finished()]));
  await screen.findByText("Live");
  const heard = listen();
  for (const box of await screen.findAllByRole("checkbox", { name: /^Select add/ })) fireEvent.click(box);

  await user.keyboard("x");

  const alert = await screen.findByRole("alert");
  expect(within(alert).getByText("None of them can be cancelled.")).toBeVisible();
  await waitFor(() => expect(heard).toEqual(["2 selected."]));
});

test("what was done is announced and shown", async () => {
  const { server, user } = renderPage("/", (server) => (server.tasks = [aTask.failed()]));
  await screen.findByRole("link", { name: /^flaky/ });
  const heard = listen();

  await user.keyboard("jr");

  expect(await screen.findByText("Retried 1 task.")).toBeVisible();
  expect(document.querySelector(".notice [role]")).toBeNull();
  await waitFor(() => expect(heard.join(" ")).toContain("Retried 1 task."));
  expect(server.tasks[0]).toMatchObject({ status: "QUEUEING" });
});
