import { statuses } from "@/components/status-look";
import { type Order, taskOrders } from "@/features/tasks/order";
import type { PaletteChoicesQuery } from "@/gql/operations";
import { go, taskAddress, withSearch } from "@/lib/address";
import type { KeyName } from "@/lib/keys";
import { callableName } from "@/lib/task-type";
import { actionOf } from "@/lib/use-key";
import { densities, themes } from "./preferences";
import { places } from "./screens";

/** Something that the palette does once it has closed. */
export interface Command {
  /** What it is found by, and what is shown: "Tasks in queue mail". */
  label: string;
  /** More about it, in small letters; found by as well. */
  help?: string;
  /** The key that does the same. */
  key?: KeyName;
  run: () => void;
}

export interface CommandGroup {
  label: string;
  items: Command[];
}

interface Situation {
  /** Null until the server has told the names; everything else is offered all the same. */
  choices: PaletteChoicesQuery | null;
  paused: boolean;
  keysAct: boolean;
  setKeysAct: (act: boolean) => void;
  setTheme: (theme: (typeof themes)[number]) => void;
  setDensity: (density: (typeof densities)[number]) => void;
}

/** Everything that can be commanded from here; what the server has to tell stands last, so that nothing moves when it has. */
export function allCommands(situation: Situation): CommandGroup[] {
  const { choices } = situation;
  return [
    { label: "Go to", items: places.map(({ label, path, key }) => ({ label, key, run: () => go(path) })) },
    { label: "Do", items: actions(situation) },
    {
      label: "List tasks by status",
      items: statuses.map((status) => listing(`Tasks that are ${status}`, "status", status.toLowerCase())),
    },
    // A search has an order of its own.
    { label: "Sort tasks", items: listed().get("q") ? [] : taskOrders.all.map(sorting) },
    { label: "Set", items: settings(situation) },
    { label: "Create a task", items: creations(choices?.taskTypes ?? []) },
    { label: "List tasks by queue or worker", items: lists(choices) },
  ];
}

/** What has a key, where that does something on this screen. */
function actions({ paused }: Situation): Command[] {
  const keyed: { key: KeyName; label: string }[] = [
    { key: "create", label: "Create task…" },
    { key: "filter", label: "Search and filter" },
    { key: "new", label: "Show what is new" },
    { key: "pause", label: paused ? "Resume live updates" : "Pause live updates" },
    { key: "help", label: "All keys" },
  ];
  return [
    ...keyed
      .filter(({ key }) => actionOf(key))
      .map((command) => ({ ...command, run: () => actionOf(command.key)?.() })),
    { label: "Open GraphiQL", help: "write queries by hand", run: () => location.assign("/graphiql") },
  ];
}

function creations(types: PaletteChoicesQuery["taskTypes"]): Command[] {
  return types.map((type) => {
    const name = callableName(type, types);
    return { label: `Create ${name}`, help: type.description.split("\n", 1)[0]!, run: () => create(name) };
  });
}

function create(name: string): void {
  const { pathname, searchParams } = new URL(location.href);
  go(withSearch({ path: pathname, search: searchParams }, { create: name, from: null }));
}

function lists(choices: PaletteChoicesQuery | null): Command[] {
  return [
    ...(choices?.queues ?? []).map(({ name }) => listing(`Tasks in queue ${name}`, "queue", name)),
    ...(choices?.workers ?? []).map(({ topic, name, host }) =>
      listing(`Tasks of worker ${topic}`, "worker", topic, name === topic ? host : `${name} on ${host}`),
    ),
  ];
}

/** The list of tasks that one value of its filter lets through. */
function listing(label: string, key: string, value: string, help?: string): Command {
  return { label, ...(help && { help }), run: () => go(`/?${key}=${encodeURIComponent(value)}`) };
}

/** The list that is there, or else that of all tasks, in another order. */
function sorting(order: Order): Command {
  const run = () => go(withSearch({ path: "/", search: listed() }, taskOrders.search(order)));
  return { label: `Sort tasks: ${taskOrders.words(order)}`, run };
}

/** What the list on screen is of. */
function listed(): URLSearchParams {
  const { pathname, searchParams } = new URL(location.href);
  return pathname === "/" ? searchParams : new URLSearchParams();
}

function settings({ keysAct, setKeysAct, setTheme, setDensity }: Situation): Command[] {
  return [
    ...themes.map((theme) => ({ label: `Theme: ${theme}`, run: () => setTheme(theme) })),
    ...densities.map((density) => ({ label: `Rows: ${density}`, run: () => setDensity(density) })),
    { label: keysAct ? "Turn single keys off" : "Turn single keys on", run: () => setKeysAct(!keysAct) },
  ];
}

/** The server takes no other ids. */
const ID = /^[A-Za-z0-9._:-]{1,200}$/;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** More of one kind would not be read before typing on. */
const MOST_SHOWN = 50;

/** What of it is meant by what was typed: those of which each typed word begins a word; or a task by its id or link. */
export function commandsFor(typed: string, groups: CommandGroup[]): CommandGroup[] {
  const words = wordsOf(typed);
  const found = groups.map(({ label, items }) => ({
    label,
    items: items.filter((item) => isMeant(item, words)).slice(0, MOST_SHOWN),
  }));
  const id = taskIdIn(typed.trim());
  const opening = id === null ? [] : [{ label: "Open a task", items: [opener(id)] }];
  // Whatever is typed may be an id; only one that nobody would type by hand is surely meant so.
  const ordered = id !== null && isPasted(typed, id) ? [...opening, ...found] : [...found, ...opening];
  return ordered.filter(({ items }) => items.length > 0);
}

function isMeant({ label, help = "" }: Command, words: string[]): boolean {
  const own = wordsOf(`${label} ${help}`);
  return words.every((word) => own.some((each) => each.startsWith(word)));
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}

/** The id of a task, or what a copied link to its page ends with. */
function taskIdIn(text: string): string | null {
  const linked = /\/tasks\/([^/?#]+)/.exec(text)?.[1];
  const id = linked === undefined ? text : decoded(linked);
  return ID.test(id) ? id : null;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function isPasted(typed: string, id: string): boolean {
  return UUID.test(id) || id !== typed.trim();
}

function opener(id: string): Command {
  return { label: `Open task ${id}`, run: () => go(taskAddress(id)) };
}
