import type { Parameter } from "@/lib/signature";
import type { Creation } from "./creation";
import { type Draft, readDraft } from "./draft";
import { NOT_SO_MANY, readHowMany } from "./how-many";
import { type OptionErrors, type Options, checkOptions, optionVariables } from "./options";
import type { Errors } from "./reading";

/** All that stands in the form of a task type. */
export interface Form {
  draft: Draft;
  options: Options;
  howMany: string;
}

/** What is wrong in it, part by part. */
export interface FormErrors {
  arguments: Errors;
  options: OptionErrors;
  howMany?: string;
}

export const noErrors: FormErrors = { arguments: {}, options: {} };

/** What the form asks for, or what is wrong in it. `name` is the one that createTask takes. */
export function readForm(
  name: string,
  parameters: Parameter[],
  { draft, options, howMany }: Form,
): { creation: Creation } | { errors: FormErrors } {
  const reading = readDraft(parameters, draft);
  const count = readHowMany(howMany);
  const errors: FormErrors = {
    arguments: "errors" in reading ? reading.errors : {},
    options: checkOptions(options, count ?? 1),
    ...(count === null && { howMany: NOT_SO_MANY }),
  };
  if ("errors" in reading || count === null || isAnyWrong(errors)) return { errors };
  return { creation: { name, ...reading.content, options: optionVariables(options), count } };
}

export function isAnyWrong(errors: FormErrors): boolean {
  return Object.keys(allErrors(errors)).length > 0;
}

/** What is wrong by the name of its place, for one list of everything. */
export function allErrors({ howMany, options, ...errors }: FormErrors): Errors {
  return { ...errors.arguments, ...options, ...(howMany && { "How many": howMany }) };
}
