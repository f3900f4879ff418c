import { type APIRequestContext, type Page, expect } from "@playwright/test";
import { api, ownQueue } from "./api";
import { test } from "./page";

/*
 * A form for each kind of type. The functions are those of tests/support/forms, which return what they were given as
 * Python shows it: so the value has come through form, record and worker, and is what the function asked for.
 */
test.use({ timezoneId: "Asia/Kathmandu", locale: "en-GB" });

const box = (page: Page, name: string | RegExp) => page.getByRole("textbox", { name });
const group = (page: Page, name: string | RegExp) => page.getByRole("group", { name });

/** Fill the first field of that name, whatever one types into. */
const type = (name: string, text: string) => (page: Page) =>
  page
    .getByLabel(new RegExp(`^${name}\\b`))
    .first()
    .fill(text);

async function addRows(page: Page, name: string, texts: string[]): Promise<void> {
  for (const text of texts) {
    await page.getByRole("button", { name: `Add a row to ${name}` }).click();
    await page.keyboard.type(text);
  }
}

const kinds: [kind: string, task: string, fill: (page: Page) => Promise<unknown>, shown: string][] = [
  ["str", "take_text", type("text", "it's “so” <b>"), `"it's “so” <b>"`],
  ["str with bounds", "take_code", type("code", "abc"), "'abc'"],
  ["int with bounds", "take_whole", type("number", "999999999999"), "999999999999"],
  ["a large int", "take_even", type("number", "1234567890123456789012"), "1234567890123456789012"],
  ["float", "take_number", type("number", "5"), "5.0"],
  ["bool", "take_bool", (page) => page.getByRole("switch", { name: /^on/ }).click(), "True"],
  [
    "Literal",
    "take_literal",
    (page) => page.getByRole("combobox", { name: /^chosen/ }).selectOption("2"),
    "2",
  ],
  [
    "Enum",
    "take_enum",
    (page) => page.getByRole("combobox", { name: /^size/ }).selectOption("large"),
    "<Size.LARGE: 'large'>",
  ],
  ["date", "take_date", type("day", "2024-02-29"), "datetime.date(2024, 2, 29)"],
  [
    "datetime",
    "take_instant",
    type("moment", "2026-11-21T22:04:05"),
    "datetime.datetime(2026, 11, 21, 22, 4, 5, tzinfo=datetime.timezone(datetime.timedelta(seconds=20700)))",
  ],
  ["time", "take_time", type("at", "22:04:00"), "datetime.time(22, 4)"],
  ["timedelta", "take_timedelta", type("span", "1d 1h 30m"), "datetime.timedelta(days=1, seconds=5400)"],
  [
    "UUID",
    "take_uuid",
    type("key", "0198c1d5-7a3e-7000-8000-00000000000a"),
    "UUID('0198c1d5-7a3e-7000-8000-00000000000a')",
  ],
  ["Decimal", "take_decimal", type("price", "12.50"), "Decimal('12.50')"],
  ["list", "take_list", (page) => addRows(page, "tags", ["red", "blue"]), "['red', 'blue']"],
  [
    "tuple",
    "take_tuple",
    async (page) => {
      await box(page, "pair, row 1").fill("1");
      await box(page, "pair, row 2").fill("a");
    },
    "(1, 'a')",
  ],
  [
    "dict",
    "take_dict",
    async (page) => {
      await addRows(page, "scores", ["anna b."]);
      await box(page, "scores, row 1, value").fill("3");
    },
    "{'anna b.': 3}",
  ],
  [
    "dict of lists",
    "take_lists",
    async (page) => {
      await addRows(page, "groups", ["even"]);
      await addRows(page, "groups, row 1, value", ["2", "4"]);
    },
    "{'even': [2, 4]}",
  ],
  ["dataclass", "take_dataclass", type("x", "3"), "Point(x=3, y=0)"],
  [
    "TypedDict",
    "take_typed_dict",
    async (page) => {
      await type("name", "Anna")(page);
      await type("born", "1990-05-01")(page);
    },
    "{'name': 'Anna', 'born': datetime.date(1990, 5, 1)}",
  ],
  [
    "list of dataclasses",
    "take_points",
    async (page) => {
      await addRows(page, "points", ["1", "2"]);
      await group(page, "points, row 2").getByRole("textbox", { name: /^y/ }).fill("5");
    },
    "[Point(x=1, y=0), Point(x=2, y=5)]",
  ],
  ["Optional, not set", "take_optional", () => Promise.resolve(), "None"],
  [
    "Optional, set",
    "take_route",
    async (page) => {
      await page.getByRole("checkbox", { name: "route, not set" }).uncheck();
      await group(page, /^start/)
        .getByRole("textbox", { name: /^x/ })
        .fill("1");
      await addRows(page, "stops", ["2"]);
    },
    "Route(start=Point(x=1, y=0), stops=[Point(x=2, y=0)], label=None)",
  ],
  [
    "union",
    "take_union",
    async (page) => {
      await page.getByRole("combobox", { name: "value, type" }).selectOption("text");
      await box(page, "value").fill("5");
    },
    "'5'",
  ],
  [
    "untyped",
    "take_untyped",
    async (page) => {
      await type("value", "[5.0, null]")(page);
      await type("shape", '{"a": 12345678901234567890}')(page);
      await type("entries", "[]")(page);
    },
    "([5.0, None], {'a': 12345678901234567890}, [])",
  ],
  [
    "*args",
    "take_places",
    async (page) => {
      await type("first", "1")(page);
      await addRows(page, "more", ["2", "3"]);
    },
    "(1, 'two', (2, 3))",
  ],
  [
    "**kwargs",
    "take_names",
    async (page) => {
      await type("first", "1")(page);
      await addRows(page, "more", ["colour"]);
      await box(page, "more, row 1, value").fill("red");
    },
    "(1, {'colour': 'red'})",
  ],
];

test.describe("a value of the kind", () => {
  // One page for all: each form is opened from the list of task types, and nothing is loaded anew.
  let page: Page;
  const reported: string[] = [];

  test.beforeAll(async ({ browser }) => {
    page = await browser.newPage();
    page.on("pageerror", (error) => reported.push(error.message));
    page.on("console", (message) => message.type() === "error" && reported.push(message.text()));
    await page.goto("/types?q=take_");
  });

  test.afterAll(async () => {
    await page.close();
    expect(reported).toEqual([]);
  });

  for (const [kind, task, fill, shown] of kinds)
    test(`${kind} arrives as it was filled in`, async ({ request }) => {
      await page.getByRole("link", { name: `Create a task of ${task}`, exact: true }).click();
      await expect(page.getByRole("tab", { name: "Form" })).toBeVisible();

      await fill(page);
      const created = page.waitForResponse((response) => response.request().method() === "POST");
      await page.getByRole("button", { name: "Create", exact: true }).click();
      const { data } = (await (await created).json()) as { data: { createTask: { id: string } } };

      await expect.poll(() => resultOf(request, data.createTask.id)).toBe(shown);
      await expect(page.getByRole("dialog")).toHaveCount(0);
    });
});

/** What a task returned, or why it failed; null while it has not ended. */
async function resultOf(request: APIRequestContext, id: string): Promise<unknown> {
  const query = "query ($id: ID!) { task(id: $id) { result error } }";
  const response = await request.post("/graphql", { data: { query, variables: { id } } });
  const { data } = (await response.json()) as { data: { task: { result: unknown; error: string | null } } };
  return data.task.error ?? data.task.result;
}

test("many tasks are made at once, each as it was filled in", async ({ page, request }) => {
  const queue = ownQueue("many");
  await page.goto("/?create=take_dataclass");
  await type("x", "3")(page);
  await box(page, "How many").fill("25");
  await page.getByText(/^Options/).click();
  await box(page, "Queue").fill(queue);
  const created = page.waitForRequest((each) => each.method() === "POST");
  await page.getByRole("button", { name: "Create and open" }).click();
  const { variables } = (await created).postDataJSON() as { variables: { tasks: { id: string }[] } };

  await expect(page.locator(".notice")).toContainText("Created 25 tasks of take_dataclass");
  await expect(page.getByRole("link", { name: /^Remove name: take_dataclass/ })).toBeVisible();
  await expect(page.getByRole("rowheader", { name: /^take_dataclass\(point=/ }).first()).toBeVisible();
  const query = "query ($q: [String!]) { tasks(filter: { queue: $q }) { nodes { id result error } } }";
  const arrived = async () => {
    const { tasks } = await api<{ tasks: { nodes: Ended[] } }>(request, query, { q: [queue] });
    return tasks.nodes.sort((one, other) => one.id.localeCompare(other.id));
  };
  const sent = variables.tasks.map(({ id }) => id).sort();
  expect(new Set(sent).size).toBe(25);
  await expect.poll(arrived).toEqual(sent.map((id) => ({ id, result: "Point(x=3, y=0)", error: null })));
});

interface Ended {
  id: string;
  result: unknown;
  error: string | null;
}

test("the server refuses in the words that stand under the field", async ({ page, request }) => {
  await page.goto("/?create=take_points");
  await addRows(page, "points", ["1", "far"]);
  await page.getByRole("button", { name: "Create", exact: true }).click();
  const field = group(page, "points, row 2").getByRole("textbox", { name: /^x/ });
  await expect(field).toBeFocused();

  const query = 'mutation ($k: JSON) { createTask(name: "take_points", kwargs: $k) { id } }';
  const variables = { k: { points: [{ x: 1 }, { x: "far" }] } };
  const response = await request.post("/graphql", { data: { query, variables } });
  const { errors } = (await response.json()) as { errors: { extensions: { at: string; why: string } }[] };

  expect(errors[0]?.extensions.at).toBe("[1].x");
  await expect(field).toHaveAccessibleDescription(errors[0]!.extensions.why);
});

test("a task runs again with what it was given", async ({ page }) => {
  await page.goto("/?create=take_timedelta");
  await type("span", "90m")(page);
  await page.getByRole("button", { name: "Create and open" }).click();

  await page.getByRole("link", { name: "Run again with changes" }).click();
  const span = box(page, /^span/);
  await expect(span).toHaveValue("1h 30m");
  await span.fill("PT2H");
  await page.getByRole("button", { name: "Create and open" }).click();

  await expect(page.getByRole("region", { name: "Result" })).toHaveText('"datetime.timedelta(seconds=7200)"');
});
