import { act, screen, waitFor, within } from "@testing-library/react";
import { describe, expect, test } from "vitest";
import type { FakeServer } from "@/testing/fake-server";
import { renderPage } from "@/testing/render-page";
import { aTask } from "@/testing/task-factory";

const failed = (count: number) => (server: FakeServer) => {
  server.tasks = Array.from({ length: count }, (_, n) => aTask.failed({ id: `t${n}`, kwargs: { n } }));
};
const linkOf = async (text: string) => {
  const row = (await screen.findByText(text)).closest("tr")!;
  return within(row).getByRole("link", { name: /^flaky/ });
};
const select = async (page: ReturnType<typeof renderPage>, ...texts: string[]) => {
  for (const text of texts) {
    const link = await linkOf(text);
    act(() => link.focus());
    await page.user.keyboard(" ");
  }
};
const statuses = ({ server }: ReturnType<typeof renderPage>) => server.tasks.map(({ status }) => status);

describe("the key of an action", () => {
  test("on one of several selected rows asks, and does it to them all", async () => {
    const page = renderPage("/", failed(3));
    await select(page, "(n=0)", "(n=2)");

    await page.user.keyboard("r");
    const dialog = await screen.findByRole("alertdialog", { name: "Retry 2 tasks?" });
    expect(statuses(page)).toEqual(["FAILED", "FAILED", "FAILED"]);
    await page.user.click(within(dialog).getByRole("button", { name: "Retry 2 tasks" }));

    await waitFor(() => expect(statuses(page)).toEqual(["QUEUEING", "FAILED", "QUEUEING"]));
  });

  test("on a row beside the selection acts on that row alone", async () => {
    const page = renderPage("/", failed(3));
    await select(page, "(n=0)", "(n=2)");
    act(() => screen.getByText("(n=1)").closest("a")!.focus());

    await page.user.keyboard("r");

    await waitFor(() => expect(statuses(page)).toEqual(["FAILED", "QUEUEING", "FAILED"]));
    expect(screen.queryByRole("alertdialog")).toBeNull();
  });

  test("that does not fit the row beside the selection does nothing to the selection", async () => {
    const page = renderPage("/", (server) => {
      failed(2)(server);
      server.tasks.push(aTask.queueing({ id: "q", name: "flaky", kwargs: { n: 9 } }));
    });
    await select(page, "(n=0)", "(n=1)");
    act(() => screen.getByText("(n=9)").closest("a")!.focus());

    await page.user.keyboard("r");

    expect(screen.queryByRole("alertdialog")).toBeNull();
    expect(statuses(page)).toEqual(["FAILED", "FAILED", "QUEUEING"]);
  });

  test("on the only selected row acts at once, as without a selection", async () => {
    const page = renderPage("/", failed(2));
    await select(page, "(n=1)");

    await page.user.keyboard("r");

    await waitFor(() => expect(statuses(page)).toEqual(["FAILED", "QUEUEING"]));
  });

  test("that fits none of those that are selected says so, and which it fits", async () => {
    const page = renderPage("/", failed(2));
    await select(page, "(n=0)", "(n=1)");

    await page.user.keyboard("x");

    expect(await screen.findByRole("alert")).toHaveTextContent(
      "None of them can be cancelled. It fits those that are QUEUEING or RUNNING.",
    );
  });

  test("asks about all that match, once these are selected", async () => {
    const page = renderPage("/", failed(60));
    await linkOf("(n=59)");
    await page.user.click(screen.getByRole("checkbox", { name: "Select every row on this page" }));
    await page.user.click(await screen.findByRole("button", { name: "Select all 60 that match" }));
    const link = await linkOf("(n=59)");
    act(() => link.focus());

    await page.user.keyboard("r");

    expect(await screen.findByRole("alertdialog", { name: "Retry 60 tasks?" })).toBeVisible();
  });
});

describe("the bar of the selection", () => {
  test("is one key away from a selected row, and Escape leads back without a loss", async () => {
    const page = renderPage("/", failed(3));
    await select(page, "(n=1)", "(n=2)");
    const row = document.activeElement;

    await page.user.keyboard("s");
    const bar = screen.getByRole("region", { name: "Selection" });
    expect(within(bar).getByRole("button", { name: "Select this page" })).toHaveFocus();
    await page.user.tab();
    expect(within(bar).getByRole("button", { name: "Retry 2" })).toHaveFocus();

    await page.user.keyboard("{Escape}");
    expect(row).toHaveFocus();
    expect(bar).toHaveTextContent("2 selected");
    await page.user.keyboard("{Escape}");
    await waitFor(() => expect(bar).toHaveTextContent(/^$/));
  });

  test("leaves the keyboard on the row when it is cleared there", async () => {
    const page = renderPage("/", failed(3));
    await select(page, "(n=1)");
    const row = document.activeElement;
    await page.user.keyboard("s");

    await page.user.click(screen.getByRole("button", { name: "Clear" }));

    expect(row).toHaveFocus();
  });

  test("without a selection leaves the keyboard where it is", async () => {
    const page = renderPage("/", failed(1));
    const link = await linkOf("(n=0)");
    act(() => link.focus());

    await page.user.keyboard("s");

    expect(link).toHaveFocus();
  });

  test("has its key in the help", async () => {
    const page = renderPage("/", failed(1));
    await linkOf("(n=0)");

    await page.user.keyboard("?");

    const help = await screen.findByRole("dialog", { name: "Keys" });
    expect(
      within(help).getByText("go to what can be done to the selected rows; Esc leads back"),
    ).toBeVisible();
  });
});
