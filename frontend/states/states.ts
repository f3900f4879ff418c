import type { Locator, Page } from "@playwright/test";

/** A state of the page to look at. */
export interface State {
  path: string;
  /** Of src/testing/scenes.ts; busy without. */
  scene?: string;
  /** Brings the state about, waits until it is there, and returns what shows it: that is seen in every picture. */
  show: (page: Page, fake: { setScene: (scene: string) => Promise<void> }) => Promise<Locator>;
  /** What the browser may report, in words of it. */
  tolerated?: string[];
  /** Rules of axe that do not hold while this is open. */
  unruled?: string[];
}

const AWAY = ["Failed to load resource"];

/** While the list of a combobox is open, it floats beside what it belongs to, and the library hides the rest of the page. */
const FLOATING = ["region", "aria-hidden-focus", "page-has-heading-one"];

/** The bar of a selection sticks to the window, and lies over whatever is there. */
const COVERED = ["target-size"];

/** Waits until it is there. */
async function seen(sign: Locator): Promise<Locator> {
  await sign.waitFor();
  return sign;
}

/** Waits for a text that only this state shows. */
const text = (words: string) => (page: Page) => seen(page.getByText(words).first());
const table = (name: string) => (page: Page) => seen(page.getByRole("table", { name }));
const drawn = (page: Page) => seen(page.locator(".uplot:has(canvas)").nth(1));
const alert = (page: Page) => seen(page.getByRole("alert").first());

/** Rows in its lists, and what need not be set. */
async function openEverything(page: Page) {
  await page.getByRole("checkbox", { name: "route, not set" }).uncheck();
  await page.getByRole("button", { name: "Add a row to stops" }).click();
  await page.getByRole("button", { name: "Add a row to labels" }).click();
  await page.getByRole("combobox", { name: "value, type" }).selectOption("list of text");
  await page.getByRole("button", { name: "Add a row to value" }).click();
}

export const states: Record<string, State> = {
  tasks: { path: "/", scene: "full", show: table("Tasks") },
  "tasks in dense rows": {
    path: "/",
    async show(page) {
      await table("Tasks")(page);
      await page.getByRole("radio", { name: "dense" }).check();
      return seen(page.locator("tbody tr").first());
    },
  },
  "tasks in another order": {
    path: "/?sort=ended",
    async show(page) {
      await page.getByRole("columnheader", { name: "Ended" }).waitFor({ state: "attached" });
      const sort = page.getByRole("combobox", { name: "Sort" });
      await sort.focus();
      return seen(sort);
    },
  },
  "tasks in an order that is none": { path: "/?sort=luck", show: alert },
  "no tasks": { path: "/", scene: "empty", show: text("No tasks yet.") },
  "first start without a worker": { path: "/", scene: "alone", show: text("No worker is running") },
  "a filter that matches nothing": { path: "/?queue=nowhere&q=x", show: text("No task fits everything") },
  "a search that has looked back so far": {
    path: "/?q=lindwurm",
    scene: "large",
    show: text("Looked back to"),
  },
  "a filter with its suggestions": {
    path: "/?status=failed&q=add",
    unruled: FLOATING,
    async show(page) {
      await text("No task fits everything")(page);
      await page.keyboard.press("/");
      await page.keyboard.type(" st");
      const offered = await seen(page.getByRole("option", { name: /^status:/ }));
      // What was found before is dimmed until the answer is there.
      await text("“add st”")(page);
      await page.locator(".list[aria-busy=false]").waitFor();
      return offered;
    },
  },
  "the tasks of one kind of failure": {
    path: "/failures",
    async show(page) {
      await page.getByRole("rowheader").getByRole("link").first().click();
      await table("Tasks")(page);
      return seen(page.getByRole("link", { name: /^Remove failure: .+\w/ }));
    },
  },
  "selected rows": {
    path: "/",
    unruled: COVERED,
    async show(page) {
      const boxes = page.getByRole("checkbox", { name: /^Select \w+\(/ });
      await boxes.nth(3).check();
      await boxes.nth(5).check();
      await page.getByRole("button", { name: /^Delete/ }).waitFor();
      return seen(page.locator("tbody tr:has(:checked)").first());
    },
  },
  "the question before many are deleted": {
    path: "/?status=failed",
    scene: "full",
    async show(page) {
      // The box for all of them stands in the head, which a phone does not show.
      const boxes = page.getByRole("checkbox", { name: /^Select \w+\(/ });
      for (let row = 0; row < 7; row += 1) await boxes.nth(row).check();
      await page.getByRole("button", { name: /^Delete/ }).click();
      return seen(page.getByRole("alertdialog"));
    },
  },
  paused: {
    path: "/",
    async show(page) {
      await table("Tasks")(page);
      await page.keyboard.press("p");
      return seen(page.locator("[data-state=paused]"));
    },
  },
  "paused, with what has changed": {
    path: "/",
    async show(page, { setScene }) {
      await table("Tasks")(page);
      await page.keyboard.press("p");
      await setScene("full");
      return text("rows have changed")(page);
    },
  },
  "all keys": {
    path: "/",
    async show(page) {
      await table("Tasks")(page);
      await page.keyboard.press("?");
      return seen(page.getByRole("dialog", { name: "Keys" }));
    },
  },
  "the command palette": {
    path: "/",
    async show(page) {
      await table("Tasks")(page);
      await page.keyboard.press("Control+k");
      await page.getByRole("option", { name: "Create add" }).waitFor();
      return seen(page.getByRole("option").first());
    },
  },
  "commands that are found": {
    path: "/workers",
    async show(page) {
      await table("Workers")(page);
      await page.keyboard.press("Control+k");
      await page.locator("[role=dialog] [role=combobox]:focus").waitFor();
      await page.keyboard.type("w");
      return seen(page.getByRole("option", { name: "Tasks of worker W1" }));
    },
  },
  loading: {
    path: "/",
    scene: "slow",
    async show(page) {
      await page.locator(".skeleton").waitFor();
      return text("Still loading")(page);
    },
  },
  "the server is gone": {
    path: "/",
    tolerated: AWAY,
    async show(page, { setScene }) {
      await table("Tasks")(page);
      await setScene("away");
      return text("Reconnecting")(page);
    },
  },
  "the server is back": {
    path: "/",
    tolerated: AWAY,
    async show(page, { setScene }) {
      await table("Tasks")(page);
      await setScene("away");
      await text("Reconnecting")(page);
      await setScene("back");
      return seen(page.locator("[data-state=live]"));
    },
  },
  "never reached": { path: "/", scene: "away", tolerated: AWAY, show: alert },
  forbidden: { path: "/", scene: "forbidden", tolerated: AWAY, show: alert },
  "failures, never reached": { path: "/failures", scene: "away", tolerated: AWAY, show: alert },
  "workers, never reached": { path: "/workers", scene: "away", tolerated: AWAY, show: alert },
  "queues, never reached": { path: "/queues", scene: "away", tolerated: AWAY, show: alert },
  "task types, never reached": { path: "/types", scene: "away", tolerated: AWAY, show: alert },
  "a task, never reached": { path: "/tasks/later", scene: "away", tolerated: AWAY, show: alert },
  "a change that is refused": {
    path: "/tasks/flaky-1",
    scene: "refusing",
    async show(page) {
      await page.getByRole("button", { name: "Retry" }).click();
      return text("The record is being pruned.")(page);
    },
  },
  "a task that is deleted meanwhile": {
    path: "/tasks/flaky-1",
    async show(page, { setScene }) {
      await text("Traceback")(page);
      await setScene("empty");
      return text("This task has been deleted.")(page);
    },
  },
  "an unknown address": { path: "/nothing", show: text("There is no such page.") },
  "an unknown task": { path: "/tasks/nope", show: alert },
  "a failed task": { path: "/tasks/flaky-1", show: text("Traceback") },
  "a task with two dozen attempts": {
    path: "/tasks/stubborn",
    async show(page) {
      await text("had ended")(page);
      return seen(page.getByRole("button", { name: /^Attempt 24/ }));
    },
  },
  "an attempt that is chosen": {
    path: "/tasks/flaky-1",
    async show(page) {
      await page.getByRole("button", { name: /^Attempt 1/ }).click();
      return seen(page.getByRole("heading", { name: /^Attempt 1/ }));
    },
  },
  "a running task": { path: "/tasks/0198-count", show: text("1,850 of 5,000") },
  "a waiting task": { path: "/tasks/later", show: text("It is scheduled") },
  "a task full of markup": { path: "/tasks/markup", show: text("<b>bold</b>") },
  "a log that was cut": {
    path: "/tasks/chatty",
    async show(page) {
      await page.getByRole("button", { name: "Show where" }).click();
      return text("(134 kB) left out …")(page);
    },
  },
  "a result of 3 MB": { path: "/tasks/large", scene: "large", show: text("Show all") },
  "a result that is folded": {
    path: "/tasks/nested",
    async show(page) {
      await page.getByRole("button", { name: "Fold all of result" }).click();
      await page.getByRole("button", { name: "items, list of 12" }).press("ArrowRight");
      return text("2 keys")(page);
    },
  },
  "100,000 tasks": { path: "/", scene: "large", show: text("100,0") },
  failures: { path: "/failures", show: table("Failures") },
  "no failures": {
    path: "/failures",
    scene: "empty",
    show: text("No task has failed by an error or a timeout, was lost or was rejected."),
  },
  "the question before a group is retried": {
    path: "/failures",
    async show(page) {
      await page.getByRole("button", { name: /^Retry .* flaky/ }).click();
      return seen(page.getByRole("alertdialog").getByText("flaky").first());
    },
  },
  "the question before a worker is drained": {
    path: "/workers",
    async show(page) {
      await page.getByRole("button", { name: "Drain W1" }).click();
      return seen(page.getByRole("alertdialog"));
    },
  },
  workers: { path: "/workers", show: table("Workers") },
  "200 workers": { path: "/workers?page=2", scene: "crowded", show: text("101 to 200 of 200") },
  "no workers": { path: "/workers", scene: "alone", show: text("./RUN.sh -w 2") },
  queues: { path: "/queues", show: table("Queues") },
  "300 queues": { path: "/queues", scene: "lanes", show: text("1 to 100 of 300") },
  "300 queues, by the longest wait": {
    path: "/queues?sort=oldest",
    scene: "lanes",
    async show(page) {
      await page.getByRole("link", { name: "Next 100" }).first().click();
      return text("101 to 200 of 300")(page);
    },
  },
  "queues that match nothing": { path: "/queues?q=nope", show: text("No queue has “nope”") },
  "no queues": { path: "/queues", scene: "alone", show: text("No queue has been used yet.") },
  "the question before a queue is paused": {
    path: "/queues",
    async show(page) {
      await page.getByRole("button", { name: "Pause default" }).click();
      return seen(page.getByRole("textbox", { name: "Reason" }));
    },
  },
  "the question before a queue is resumed": {
    path: "/queues",
    async show(page) {
      await page.getByRole("button", { name: "Resume mail" }).click();
      return text("It was paused because")(page);
    },
  },
  "the charts of the tasks": { path: "/?chart=1h", show: drawn },
  "the numbers of the charts": {
    path: "/?chart=24h&queue=default",
    async show(page) {
      await drawn(page);
      await page.getByText("Numbers").first().click();
      return seen(page.getByRole("table", { name: /^Tasks a minute/ }));
    },
  },
  "the charts of a task type": { path: "/types?chart=add&reach=1h", show: drawn },
  "the call of a pause, to copy": {
    path: "/queues",
    async show(page) {
      await page.getByRole("button", { name: "Pause default" }).click();
      await page.getByRole("textbox", { name: "Reason" }).fill("the mail server's new home");
      await page.getByText("As a call").click();
      await page.getByRole("tab", { name: "curl" }).click();
      return text("--data-binary")(page);
    },
  },
  "task types": { path: "/types", show: table("Task types") },
  "no task types": { path: "/types", scene: "typeless", show: text("No task function") },
  "task types that match nothing": { path: "/types?q=nope", show: text("No task type has") },
  "the choice of a task type": {
    path: "/?create=",
    unruled: ["region"],
    async show(page) {
      await page.getByRole("combobox", { name: "Task type" }).press("ArrowDown");
      return seen(page.getByRole("option").first());
    },
  },
  "a form": {
    path: "/?create=resize",
    show: (page) => seen(page.getByRole("button", { name: "Create and open" })),
  },
  "a form with an error": {
    path: "/?create=add",
    async show(page) {
      await page.getByRole("button", { name: "Create", exact: true }).click();
      return text("is missing")(page);
    },
  },
  "a task that is created while the server is away": {
    path: "/?create=add",
    tolerated: AWAY,
    async show(page, { setScene }) {
      await page.getByRole("textbox", { name: /^a\b/ }).fill("1");
      await page.getByRole("textbox", { name: /^b\b/ }).fill("2");
      await setScene("away");
      await page.getByRole("button", { name: "Create", exact: true }).click();
      return seen(page.getByRole("dialog").getByRole("alert"));
    },
  },
  "the choice of a task type where there is none": {
    path: "/?create=",
    scene: "typeless",
    show: (page) => seen(page.getByRole("dialog").getByText("There is no task function yet.")),
  },
  "a form with every kind": {
    path: "/?create=take_everything",
    scene: "forms",
    async show(page) {
      await openEverything(page);
      return seen(page.getByRole("textbox", { name: /^text/ }));
    },
  },
  "a form with every kind, further down": {
    path: "/?create=take_everything",
    scene: "forms",
    async show(page) {
      await openEverything(page);
      return seen(page.getByRole("group", { name: /^tags/ }));
    },
  },
  "a form with every kind, wrong": {
    path: "/?create=take_everything",
    scene: "forms",
    async show(page) {
      await openEverything(page);
      await page.getByRole("textbox", { name: /^number/ }).fill("many");
      await page.getByRole("button", { name: "Create", exact: true }).click();
      return text("must be a whole number, not text")(page);
    },
  },
  "the call as Python": {
    path: "/?create=flaky",
    async show(page) {
      await page.getByRole("textbox", { name: /^failure_rate/ }).fill("0.25");
      await page.getByRole("tab", { name: "Python" }).click();
      return text("failure_rate=0.25")(page);
    },
  },
};
