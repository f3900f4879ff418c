import { type Page, test as base, expect } from "@playwright/test";

/** A page on which nothing may be reported: no exception, no error on the console, no breach of the security policy, no dialog of the browser's. */
export const test = base.extend<{ tolerated: RegExp[] }>({
  tolerated: [[], { option: true }],
  page: async ({ page, tolerated }, run) => {
    const reported: string[] = [];
    page.on("pageerror", (error) => reported.push(error.message));
    page.on("console", (message) => {
      const text = message.text();
      if (message.type() === "error" && !tolerated.some((each) => each.test(text))) reported.push(text);
    });
    // Nothing here opens one: it is somebody's markup that was obeyed, in this tab or in another.
    page.context().on("dialog", (dialog) => {
      reported.push(`a dialog: ${dialog.type()} ${dialog.message()}`);
      void dialog.dismiss();
    });
    await run(page);
    expect(reported).toEqual([]);
  },
});

/** Fill the form of a task type by the labels of its fields, and press a button. */
export async function create(
  page: Page,
  type: string,
  fields: Record<string, string>,
  button: "Create" | "Create and open" = "Create",
): Promise<void> {
  await page.getByRole("button", { name: "Create task" }).click();
  await page.getByRole("combobox", { name: "Task type" }).fill(type);
  await page.getByRole("option", { name: type, exact: false }).first().click();
  for (const [name, value] of Object.entries(fields))
    await page.getByRole("textbox", { name: new RegExp(`^${name}\\b`) }).fill(value);
  await page.getByRole("button", { name: button, exact: true }).click();
}

/** The row of a task by its call as the table shows it: `add(a=1, b=2)`. */
export function rowOf(page: Page, call: string) {
  return page.getByRole("row").filter({ has: page.getByRole("rowheader", { name: call, exact: true }) });
}
