// The server's own tests read the same file: tests/backend/tasks/test_misfits.py.
// eslint-disable-next-line no-restricted-imports
import text from "../../../tests/support/forms/refused-arguments.json?raw";
import { type JsonObject, parseJson } from "@/lib/json";

/** A task function of tests/support/forms: its schema, and arguments that it refuses, with the server's words. */
export interface FormCase {
  task: string;
  schema: JsonObject;
  refused: { kwargs: JsonObject; parameter: string; at: string; why: string }[];
}

export const formCases = parseJson(text) as unknown as FormCase[];

export function schemaOf(task: string): JsonObject {
  const found = formCases.find((each) => each.task === task);
  if (!found) throw new Error(`tests/support/forms has no ${task}`);
  return found.schema;
}
