import { screen, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { renderPage } from "@/testing/render-page";
import { aTask } from "@/testing/task-factory";

const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();
const tile = (status: string) => screen.getByRole("link", { name: new RegExp(`^${status}`) });

test("each tile tells how many came to its status in the last 15 minutes", async () => {
  const { server } = renderPage("/", (server) => {
    server.tasks = [
      aTask.finished({ createdAt: ago(16), startedAt: ago(16), finishedAt: ago(3) }),
      aTask.finished({ createdAt: ago(4), startedAt: ago(4), finishedAt: ago(3) }),
      aTask.failed({ createdAt: ago(2), startedAt: null, finishedAt: ago(1) }),
      aTask.running({ createdAt: ago(1), startedAt: ago(1) }),
    ];
  });

  expect(await screen.findByText("3 created in 15 min")).toBeVisible();
  expect(tile("FAILED")).toHaveTextContent("FAILED11 failed in 15 min");
  expect(tile("FINISHED")).toHaveTextContent("FINISHED22 finished in 15 min");
  expect(tile("RUNNING")).toHaveTextContent("RUNNING12 started in 15 min");
  expect(within(tile("FINISHED")).queryByRole("img")).toBeNull();

  const asked = server.requests.filter(({ url }) => url.includes("stats"));
  expect(asked.length).toBeGreaterThan(0);
  expect(asked.filter(({ headers }) => headers.has("Prefer"))).toEqual([]);
});
