/* Forms as they were left unsent: Esc, a click beside the dialog or a step back costs nobody what was typed. */
import { type Json, printJson } from "@/lib/json";
import { memory } from "@/lib/memory";
import type { Draft } from "./draft";
import type { Options } from "./options";

export interface Left {
  draft: Draft;
  options: Options;
  howMany: string;
}

export const leftForms = memory<Left>();

/** What one form is known by: its task type, while that is called in the same way. */
export function formKey(path: string, parameters: Json): string {
  return `${path} ${printJson(parameters)}`;
}
