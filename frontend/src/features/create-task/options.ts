import { fromLocal } from "./local-time";

/** What can be said about a task besides its arguments, as it stands in the form; empty means the default. */
export interface Options {
  queue: string;
  priority: string;
  attempts: string;
  timeout: string;
  runAt: string;
  expiresAt: string;
  id: string;
}

export const noOptions: Options = {
  queue: "",
  priority: "",
  attempts: "",
  timeout: "",
  runAt: "",
  expiresAt: "",
  id: "",
};

export type OptionErrors = Partial<Record<keyof Options, string>>;

const QUEUE = /^[a-z0-9._-]{1,64}$/;
/** The server's, in tries and in seconds. */
const MOST_ATTEMPTS = 1_000;
const LONGEST_TIMEOUT = 365 * 86_400;
const ID = /^[A-Za-z0-9._:-]{1,200}$/;

/** The contract's limits, in words, for options that `count` tasks are to have. */
export function checkOptions(options: Options, count = 1): OptionErrors {
  const { queue, priority, attempts, timeout, runAt, expiresAt, id } = options;
  const errors: OptionErrors = {};
  if (queue && !QUEUE.test(queue))
    errors.queue = "Use 1 to 64 of the characters a–z, 0–9, dot, underscore and hyphen.";
  if (priority && !(/^[+-]?\d+$/.test(priority) && Math.abs(Number(priority)) <= 100))
    errors.priority = "Enter a whole number from −100 to 100.";
  if (attempts && !(/^\+?\d+$/.test(attempts) && isWithin(Number(attempts), 1, MOST_ATTEMPTS)))
    errors.attempts = `Enter a whole number from 1 to ${MOST_ATTEMPTS.toLocaleString("en")}.`;
  if (timeout && !isWithin(Number(timeout), Number.MIN_VALUE, LONGEST_TIMEOUT))
    errors.timeout = "Enter a number of seconds above 0, such as 30 or 0.5.";
  if (runAt && expiresAt && new Date(expiresAt) <= new Date(runAt))
    errors.expiresAt = "Enter a time after the one to run at; else it could never start.";
  if (id && !ID.test(id))
    errors.id = "Use 1 to 200 of the characters A–Z, a–z, 0–9, dot, underscore, colon and hyphen.";
  else if (id && count > 1)
    errors.id = "An id is that of one task. Leave it empty, and each task gets its own; or create one.";
  return errors;
}

function isWithin(number: number, least: number, most: number): boolean {
  return number >= least && number <= most;
}

/** The options as createTask takes them. */
export function optionVariables({ id, queue, priority, attempts, timeout, runAt, expiresAt }: Options) {
  return {
    ...(queue && { queue }),
    ...(priority && { priority: Number(priority) }),
    ...(attempts && { maxAttempts: Number(attempts) }),
    ...(timeout && { timeout: Number(timeout) }),
    ...(runAt && { runAfter: fromLocal(runAt) }),
    ...(expiresAt && { expiresAt: fromLocal(expiresAt) }),
    ...(id && { id }),
  };
}

interface Repeated {
  queue: string;
  priority: number;
  maxAttempts: number;
  timeout: number | null;
}

/** The options of a task that is to run again, where they differ from its type's. Its times and its id are its own. */
export function optionsOf(task: Repeated, type: Omit<Repeated, "priority">): Options {
  const unlike = (own: string | number | null, usual: string | number | null) =>
    own === usual || own === null ? "" : String(own);
  return {
    ...noOptions,
    queue: unlike(task.queue, type.queue),
    priority: unlike(task.priority, 0),
    attempts: unlike(task.maxAttempts, type.maxAttempts),
    timeout: unlike(task.timeout, type.timeout),
  };
}
