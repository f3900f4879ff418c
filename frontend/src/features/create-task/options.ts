import { fromLocal } from "./local-time";

/** What can be said about a task besides its arguments, as it stands in the form; empty means the default. */
export interface Options {
  queue: string;
  priority: string;
  runAt: string;
  id: string;
}

export const noOptions: Options = { queue: "", priority: "", runAt: "", id: "" };

export type OptionErrors = Partial<Record<keyof Options, string>>;

const QUEUE = /^[a-z0-9._-]{1,64}$/;
const ID = /^[A-Za-z0-9._:-]{1,200}$/;

/** The contract's limits, in words. */
export function checkOptions({ queue, priority, id }: Options): OptionErrors {
  const errors: OptionErrors = {};
  if (queue && !QUEUE.test(queue))
    errors.queue = "Use 1 to 64 of the characters a–z, 0–9, dot, underscore and hyphen.";
  if (priority && !(/^[+-]?\d+$/.test(priority) && Math.abs(Number(priority)) <= 100))
    errors.priority = "Enter a whole number from −100 to 100.";
  if (id && !ID.test(id))
    errors.id = "Use 1 to 200 of the characters A–Z, a–z, 0–9, dot, underscore, colon and hyphen.";
  return errors;
}

/** The options as createTask takes them. */
export function optionVariables({ queue, priority, runAt }: Options) {
  return {
    ...(queue && { queue }),
    ...(priority && { priority: Number(priority) }),
    ...(runAt && { runAfter: fromLocal(runAt) }),
  };
}
