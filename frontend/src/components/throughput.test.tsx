import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { renderPage } from "@/testing/render-page";
import { aTask } from "@/testing/task-factory";

const ago = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString();

test("the charts open where the URL says so, of the one queue that is listed, with their numbers as a table", async () => {
  const { user } = renderPage("/?queue=mail", (server) => {
    server.tasks = [
      aTask.finished({ queue: "mail", createdAt: ago(70), startedAt: ago(68), finishedAt: ago(60) }),
      aTask.finished({ queue: "other", createdAt: ago(70), startedAt: ago(68), finishedAt: ago(60) }),
    ];
  });
  await screen.findByText("Live");
  expect(screen.queryByRole("figure")).toBeNull();

  await user.click(screen.getByText("Charts of queue mail"));

  expect(location.search).toBe("?queue=mail&chart=1h");
  const [counts, spans] = await screen.findAllByRole("figure");
  expect(counts).toHaveTextContent(/^Tasks a minutein allcreated 1FINISHED 1FAILED 0/);
  expect(spans).toHaveTextContent("half waited at most 2.0 s95 % waited at most 2.0 shalf ran at most 8.0 s");
  const table = within(counts!).getByRole("table", { hidden: true });
  expect(table).toHaveTextContent("Tasks a minute, the sum of 5 min a row");
  const created = [...table.querySelectorAll("tbody tr td:nth-child(2)")].map((cell) => cell.textContent);
  expect(created).toHaveLength(12);
  expect(created.filter((count) => count !== "0")).toEqual(["1"]);

  await user.click(screen.getByRole("link", { name: "24 hours" }));
  await waitFor(() => expect(table).toHaveTextContent("2 h a row"));
  expect(location.search).toBe("?queue=mail&chart=24h");
  await user.click(screen.getByText("Charts of queue mail"));
  expect(location.search).toBe("?queue=mail");
});
