import { screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { renderPage } from "@/testing/render-page";
import { aTask, aWorker } from "@/testing/task-factory";

test.each([
  ["/?status=failed&status=queueing", "status=queueing"],
  ["/failures?queue=mail", "queue=mail"],
  ["/workers?topic=W1&page=1", "topic=W1"],
  ["/queues?filter=mail", "filter=mail"],
  ["/types?name=add", "name=add"],
  ["/types?chart=nope", "the charts of nope"],
])("%s says what means nothing there", async (address, told) => {
  renderPage(address, (server) => {
    server.tasks = [aTask.failed()];
    server.workers = [aWorker()];
  });

  expect(await screen.findByText(/which means nothing here/)).toHaveTextContent(
    `The address asks for ${told}, which means nothing here: it is left out.`,
  );
  expect(screen.queryByRole("region", { name: "Charts of nope" })).toBeNull();
});

test.each([
  "/?status=failed",
  "/failures",
  "/workers?page=1",
  "/queues?sort=oldest",
  "/types?chart=add&reach=1h",
])("%s means something", async (address) => {
  renderPage(address, (server) => {
    server.tasks = [aTask.failed()];
    server.workers = [aWorker()];
  });

  expect(await screen.findByRole("table")).toBeVisible();
  expect(screen.queryByText(/which means nothing here/)).toBeNull();
});
