import { type Json, isObject, printInline, printJson } from "./json";

/** A line of a printed value. All lines together, each with its break, are what printJson prints with an indent of 2. */
export interface JsonLine {
  /** The same for the same line whatever else is folded. */
  key: string;
  text: string;
  depth: number;
  /** Of a list or object that has something in it. */
  fold?: Fold;
}

export interface Fold {
  /** Its place, as the server names places: `points[1].x`; "" is the whole. */
  at: string;
  open: boolean;
  /** "list of 12" */
  kind: string;
  /** "12 items" */
  count: string;
}

export interface JsonLines {
  lines: JsonLine[];
  /** Whether there are more characters than the limit: what goes beyond it is neither read nor printed. */
  isCut: boolean;
}

export type IsOpen = (at: string, depth: number) => boolean;

/** Characters of a folded value that its one line tells. */
const TOLD = 48;

/** The lines of a value, as many as begin within `limit` characters; what is folded takes one line. */
export function jsonLines(value: Json, isOpen: IsOpen, limit: number): JsonLines {
  const printer = new Printer(isOpen, limit);
  printer.add(value, { at: "", name: "", depth: 0, comma: "" });
  // After the last line comes no break.
  return { lines: printer.lines, isCut: printer.length - 1 > limit };
}

/** How many levels are open at first: as many whole ones as fit into `limit` characters, and always the outermost. */
export function levelsThatFit(value: Json, limit: number): number {
  for (let levels = 1; ; levels += 1) {
    const printer = new Printer((_, depth) => depth < levels, limit, { isOnlyMeasured: true });
    printer.add(value, { at: "", name: "", depth: 0, comma: "" });
    if (printer.length > limit) return Math.max(1, levels - 1);
    if (printer.folded === 0) return Infinity;
  }
}

interface Place {
  at: string;
  /** What stands before it on its line, `"x": `. */
  name: string;
  depth: number;
  comma: "," | "";
}

class Printer {
  readonly lines: JsonLine[] = [];
  length = 0;
  folded = 0;
  private readonly isOpen: IsOpen;
  private readonly limit: number;
  private readonly isOnlyMeasured: boolean;

  constructor(isOpen: IsOpen, limit: number, { isOnlyMeasured = false } = {}) {
    this.isOpen = isOpen;
    this.limit = limit;
    this.isOnlyMeasured = isOnlyMeasured;
  }

  add(value: Json, { at, name, depth, comma }: Place): void {
    const entries = entriesOf(value);
    if (entries.length === 0) {
      this.push({ key: at, text: name + printJson(value) + comma, depth });
      return;
    }
    const isList = Array.isArray(value);
    const [start, end] = isList ? (["[", "]"] as const) : (["{", "}"] as const);
    const many = entries.length.toLocaleString("en");
    const open = this.isOpen(at, depth);
    const fold = {
      at,
      open,
      kind: `${isList ? "list" : "object"} of ${many}`,
      count: `${many} ${isList ? "item" : "key"}${entries.length === 1 ? "" : "s"}`,
    };
    if (!open) {
      this.folded += 1;
      const told = printInline(value, TOLD);
      const whole = told.length > TOLD ? told + end : told;
      this.push({ key: at, text: name + whole + comma, depth, fold });
      return;
    }
    this.push({ key: at, text: name + start, depth, fold });
    for (const [index, [key, each]] of entries.entries()) {
      if (this.length > this.limit) return;
      this.add(each, {
        at: isList ? `${at}[${key}]` : placeOf(at, key),
        name: isList ? "" : `${printJson(key)}: `,
        depth: depth + 1,
        comma: index < entries.length - 1 ? "," : "",
      });
    }
    this.push({ key: `${at} end`, text: end + comma, depth });
  }

  private push(line: JsonLine): void {
    if (this.length < this.limit && !this.isOnlyMeasured)
      this.lines.push({ ...line, text: "  ".repeat(line.depth) + line.text });
    this.length += 2 * line.depth + line.text.length + 1;
    if (line.fold?.open === false) this.length += line.fold.count.length + 1;
  }
}

function entriesOf(value: Json): [string | number, Json][] {
  if (Array.isArray(value)) return [...value.entries()];
  return isObject(value) ? Object.entries(value) : [];
}

function placeOf(at: string, key: string | number): string {
  if (!/^\w+$/.test(String(key))) return `${at}[${JSON.stringify(key)}]`;
  return at === "" ? String(key) : `${at}.${key}`;
}
