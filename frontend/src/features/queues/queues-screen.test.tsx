import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
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
  expect(mail).toHaveTextContent(/^mailpausedthe server is being moved23 min \d+ s1/);
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

  await waitFor(async () => expect(await rowOf("default")).toHaveTextContent("pausedmoving house"));
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
