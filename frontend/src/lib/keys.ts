interface Key {
  /** What is pressed: one key, two after another, or "mod+" and one. As KeyboardEvent.key says it, in lower case. */
  press: string;
  does: string;
  where: Where;
  /** How it is written where that is not `press` in capitals. */
  shown?: string;
}

export const places = ["Everywhere", "In a list", "On a row, and on a task's page"] as const;
type Where = (typeof places)[number];

/** Every key that acts by itself, once: what listens names one of these, and the help is made from them. */
export const keys = {
  create: { press: "c", does: "create a task", where: "Everywhere" },
  filter: { press: "/", does: "search and filter", where: "In a list" },
  palette: { press: "mod+k", does: "find a command by its name", where: "Everywhere" },
  help: { press: "?", does: "show this list", where: "Everywhere" },
  pause: { press: "p", does: "pause live updates, or resume them", where: "Everywhere" },
  close: {
    press: "escape",
    does: "close what is open, clear the selection",
    where: "Everywhere",
    shown: "Esc",
  },
  tasks: { press: "g t", does: "go to Tasks", where: "Everywhere" },
  failures: { press: "g f", does: "go to Failures", where: "Everywhere" },
  workers: { press: "g w", does: "go to Workers", where: "Everywhere" },
  queues: { press: "g q", does: "go to Queues", where: "Everywhere" },
  types: { press: "g y", does: "go to Task types", where: "Everywhere" },
  next: { press: "j", does: "next row", where: "In a list" },
  previous: { press: "k", does: "previous row", where: "In a list" },
  selected: {
    press: "s",
    does: "go to what can be done to the selected rows; Esc leads back",
    where: "In a list",
  },
  new: { press: "n", does: "show what is new", where: "In a list" },
  open: { press: "enter", does: "open it", where: "On a row, and on a task's page", shown: "Enter" },
  select: {
    press: " ",
    does: "select it; with Shift also those between",
    where: "On a row, and on a task's page",
    shown: "Space",
  },
  retry: {
    press: "r",
    does: "retry it; on one of several selected rows all of them, and asks first",
    where: "On a row, and on a task's page",
  },
  cancel: {
    press: "x",
    does: "cancel it; on one of several selected rows all of them, and asks first",
    where: "On a row, and on a task's page",
  },
} satisfies Record<string, Key>;

export type KeyName = keyof typeof keys;

/** The keys of a name as they are written, one after another: ["G", "T"]; with "mod" as this computer has it: ["Ctrl K"]. */
export function keyCaps(name: KeyName): string[] {
  const key: Key = keys[name];
  if (key.shown) return [key.shown];
  return key.press
    .toUpperCase()
    .split(" ")
    .map((press) => press.replace("MOD+", isApple() ? "⌘ " : "Ctrl "));
}

/** There Cmd is what Ctrl is elsewhere, and Ctrl belongs to the editing of text. */
export function isApple(): boolean {
  return /^(Mac|iP)/.test(navigator.platform);
}
