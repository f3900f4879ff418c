import {
  type CSSProperties,
  type KeyboardEvent,
  memo,
  useCallback,
  useId,
  useMemo,
  useRef,
  useState,
} from "react";
import { type Json, printJson, sameJson } from "@/lib/json";
import { type Fold, type JsonLine, jsonLines, levelsThatFit } from "@/lib/json-lines";
import { CopyButton } from "./copy-button";

/** More than this at once makes the page slow; the whole is one click away. */
const SHOWN_AT_FIRST = 20_000;
/** Characters of a value up to which all of its lines can have controls; a longer one is shown whole as mere text. */
const FOLDABLE = 100_000;
/** Of the name of a place, to be said. */
const SAID = 80;

/**
 * A JSON value with its numbers as they were written; always text, whatever it holds. Lists and objects fold; what the
 * reader has folded stays so when the value is told anew.
 */
export function JsonView({ value, label }: { value: Json; label: string }) {
  const [held, setHeld] = useState(value);
  // Each answer of the server has the value anew, and mostly the same.
  if (held !== value && !sameJson(held, value)) setHeld(value);
  const [whole, setWhole] = useState(false);
  const [folds, setFolds] = useState<Folds>({ levels: null, other: new Map() });
  const [current, setCurrent] = useState("");
  const hint = useId();
  const region = useRef<HTMLPreElement>(null);

  const levelsAtFirst = useMemo(() => levelsThatFit(held, SHOWN_AT_FIRST), [held]);
  const levels = folds.levels ?? levelsAtFirst;
  const text = useMemo(() => printJson(held, 2), [held]);
  const isPlain = whole && text.length > FOLDABLE;
  const { lines, isCut } = useMemo(
    () =>
      jsonLines(
        held,
        (at, depth) => folds.other.get(at) ?? depth < levels,
        whole && !isPlain ? Infinity : SHOWN_AT_FIRST,
      ),
    [held, folds, levels, whole, isPlain],
  );
  const shown = isPlain ? [] : isCut ? cut(lines, SHOWN_AT_FIRST) : lines;

  const toggle = useCallback(
    (at: string, open: boolean) =>
      setFolds(({ levels, other }) => ({ levels, other: new Map(other).set(at, open) })),
    [],
  );
  function foldAll(closed: boolean) {
    setFolds({ levels: closed ? 1 : Infinity, other: new Map() });
    setWhole(whole && !isPlain);
  }
  function showAll() {
    foldAll(false);
    setWhole(true);
    // The button goes: the keyboard goes on in what it has opened.
    region.current?.focus({ preventScroll: true });
  }
  const foldable = shown.filter((line) => line.fold);
  const reached = foldable.some(({ fold }) => fold?.at === current) ? current : "";
  const isNested = isPlain || foldable.length > 1;
  const isFolded = foldable.some(({ fold }) => !fold?.open);

  /** The controls are one stop of Tab, for there may be thousands: the arrows go from one to the next. */
  function onKeyDown(event: KeyboardEvent<HTMLElement>) {
    const controls = [...event.currentTarget.querySelectorAll("button")];
    const here = controls.findIndex((control) => control === event.target);
    const line = foldable[here];
    if (!line?.fold || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const { at, open } = line.fold;
    if (event.key === "ArrowDown") controls[here + 1]?.focus();
    else if (event.key === "ArrowUp") controls[here - 1]?.focus();
    else if (event.key === "Home") controls[0]?.focus();
    else if (event.key === "End") controls.at(-1)?.focus();
    else if (event.key === "ArrowRight" && open) controls[here + 1]?.focus();
    else if (event.key === "ArrowRight") toggle(at, true);
    else if (event.key === "ArrowLeft" && open) toggle(at, false);
    else if (event.key === "ArrowLeft")
      controls[foldable.slice(0, here).findLastIndex(({ depth }) => depth < line.depth)]?.focus();
    else return;
    event.preventDefault();
  }

  return (
    <div className="json" data-folds={foldable.length > 0 || undefined} data-nested={isNested || undefined}>
      <div className="boxed">
        <pre
          ref={region}
          tabIndex={0}
          role="region"
          aria-label={label}
          aria-describedby={isNested && !isPlain ? hint : undefined}
          onKeyDown={onKeyDown}
        >
          {isPlain && text}
          {shown.map(({ key, text, depth, fold }, index) => (
            <Line
              key={key}
              text={text}
              isLast={index === shown.length - 1}
              depth={depth}
              at={fold?.at}
              open={fold?.open}
              name={fold && nameOf(fold, label)}
              count={fold?.count}
              isReached={fold?.at === reached}
              toggle={toggle}
              reach={setCurrent}
            />
          ))}
        </pre>
        <div className="boxed-actions">
          {isNested && (
            <button
              type="button"
              className="button small"
              aria-label={`${isFolded ? "Unfold" : "Fold"} all of ${label.toLowerCase()}`}
              onClick={() => foldAll(!isFolded)}
            >
              {isFolded ? "Unfold all" : "Fold all"}
            </button>
          )}
          <CopyButton text={() => text} what={label.toLowerCase()} />
        </div>
      </div>
      {isNested && !isPlain && (
        <p className="unseen" id={hint}>
          In it, the up and down arrows go from one list or object to the next, left folds, right unfolds.
        </p>
      )}
      {isCut && !isPlain && (
        <button type="button" className="button small json-rest" onClick={showAll}>
          Show all {text.length.toLocaleString("en")} characters
        </button>
      )}
    </div>
  );
}

interface Folds {
  /** So many of the outer levels are open; null until the reader says, then what fits. */
  levels: number | null;
  /** Whether it is open, by the place of what the reader has folded or unfolded by itself. */
  other: ReadonlyMap<string, boolean>;
}

/** The last line ends where the limit is; one that is folded is there as a whole or not at all. */
function cut(lines: JsonLine[], limit: number): JsonLine[] {
  const before = lines.slice(0, -1);
  const last = lines.at(-1);
  if (!last || last.fold) return before;
  const room = limit - before.reduce((sum, line) => sum + lengthOf(line), 0);
  return [...before, { ...last, text: last.text.slice(0, room) }];
}

function lengthOf({ text, fold }: JsonLine): number {
  return text.length + 1 + (fold?.open === false ? fold.count.length + 1 : 0);
}

function nameOf({ at, kind }: Fold, label: string): string {
  const place = at.length > SAID ? `${at.slice(0, SAID)}…` : at;
  return `${place || label}, ${kind}`;
}

interface LineProps {
  text: string;
  isLast: boolean;
  depth: number;
  at: string | undefined;
  open: boolean | undefined;
  name: string | undefined;
  count: string | undefined;
  isReached: boolean;
  toggle: (at: string, open: boolean) => void;
  reach: (at: string) => void;
}

const Line = memo(function Line({
  text,
  isLast,
  depth,
  at,
  open,
  name,
  count,
  isReached,
  toggle,
  reach,
}: LineProps) {
  const end = isLast ? "" : "\n";
  const style = { "--depth": depth } as CSSProperties;
  if (at === undefined)
    return (
      <span className="json-line" style={style}>
        {text + end}
      </span>
    );
  return (
    <span className="json-line" style={style}>
      <button
        type="button"
        className="json-fold"
        aria-expanded={open}
        aria-label={name}
        tabIndex={isReached ? 0 : -1}
        onFocus={() => reach(at)}
        onClick={() => toggle(at, !open)}
      />
      {open ? (
        text + end
      ) : (
        <>
          <bdi>{text}</bdi>
          <span className="json-count" onClick={() => toggle(at, true)}>
            {` ${count}`}
          </span>
          {end}
        </>
      )}
    </span>
  );
});
