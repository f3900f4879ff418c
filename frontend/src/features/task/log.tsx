import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { flushSync } from "react-dom";
import { CopyButton } from "@/components/copy-button";
import { DownloadButton } from "@/components/download-button";
import { useAnnouncement } from "@/lib/announcements";
import { instantInFull, preciseTime } from "@/lib/duration";
import { type LogLine, gapOf, isFull } from "./log-lines";

/** Of a line, in CSS pixels; task.css says the same. All are equal, so that thousands cost no more than a screenful. */
const LINE_HEIGHT = 20;
/** Rendered above and below what is seen, two boxes of them: the browser may scroll on before the page hears of it. */
const SPARE_LINES = 48;
/** Closer to the end than this is at the end, in CSS pixels. */
const END = 12;

interface Props {
  task: string;
  attempt: number;
  lines: readonly LogLine[];
  /** Whether more may come. */
  running: boolean;
}

/** What an attempt wrote. Follows the end until one scrolls up or marks text; only the lines in view are in the document. */
export function Log({ task, attempt, lines, running }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const [scrolledTo, setScrolledTo] = useState(0);
  const [following, setFollowing] = useState(true);
  const height = useHeight(box, lines.length > 0);
  const isCut = running && isFull(lines);
  const gap = running ? null : gapOf(lines);
  const rows = lines.length + (isCut ? 1 : 0);
  const find = useFind(lines);
  const foundWords = find.found === 0 ? "not found" : `${find.at + 1} of ${find.found.toLocaleString("en")}`;
  useAnnouncement(find.sought === "" ? "" : foundWords);
  // The end is where it will be once these lines are there: to wait for the scrolling to it would show a frame without any.
  const top = following ? Math.max(0, rows * LINE_HEIGHT - height) : scrolledTo;

  useLayoutEffect(() => {
    if (following && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [following, rows, lines, height]);

  const look = () => {
    setScrolledTo(box.current!.scrollTop);
    setFollowing(isAtEnd(box.current!) && !isMarkedIn(box.current!));
  };
  useMarked(box, lines.length > 0, look);
  // At once: the browser paints right after it has told of the scrolling.
  const scrolled = () => flushSync(look);
  const follow = () => {
    // What is marked would stop it again.
    if (isMarkedIn(box.current!)) getSelection()?.removeAllRanges();
    setFollowing(true);
  };
  const show = (index: number | undefined) => {
    if (index === undefined || !box.current) return;
    setFollowing(false);
    box.current.scrollTop = index * LINE_HEIGHT - height / 2;
    setScrolledTo(box.current.scrollTop);
  };

  const first = Math.max(0, Math.floor(top / LINE_HEIGHT) - SPARE_LINES);
  const last = Math.ceil((top + height) / LINE_HEIGHT) + SPARE_LINES;
  const below = lines.length - Math.min(lines.length, Math.floor((top + height) / LINE_HEIGHT));
  if (lines.length === 0)
    return <p className="quiet">{running ? "It has written nothing yet." : "It wrote nothing."}</p>;
  return (
    <div className="log">
      <div className="log-tools">
        <input
          type="search"
          className="input log-search"
          aria-label="Search the log"
          placeholder="Search the log"
          value={find.sought}
          onChange={(event) => show(find.seek(event.target.value))}
          onKeyDown={(event) => event.key === "Enter" && show(find.step(event.shiftKey ? -1 : 1))}
        />
        {find.sought !== "" && (
          <>
            <span className="quiet">{foundWords}</span>
            <button type="button" className="button small" onClick={() => show(find.step(-1))}>
              Previous
            </button>
            <button type="button" className="button small" onClick={() => show(find.step(1))}>
              Next
            </button>
          </>
        )}
        <span className="log-count quiet">
          {lines.length.toLocaleString("en")} {lines.length === 1 ? "line" : "lines"}
          {isCut ? ", further ones are counted" : running && (following ? ", following" : ", not following")}
        </span>
        {!following && below > 0 && (
          <button type="button" className="button small" onClick={follow}>
            {running && !isCut ? "Follow" : "To the end"}
          </button>
        )}
        <DownloadButton text={() => fileOf(lines)} name={`${task}-attempt-${attempt}.log`} what="log" />
        <CopyButton text={() => lines.map(({ text }) => text).join("\n")} what="log" />
      </div>
      <div
        ref={box}
        className="log-box"
        tabIndex={0}
        role="region"
        aria-label={`Log of attempt ${attempt}`}
        onScroll={scrolled}
      >
        <div className="log-lines" style={{ height: rows * LINE_HEIGHT }}>
          <ol
            className="log-window"
            start={lines[first]?.number ?? 1}
            style={{ transform: `translateY(${first * LINE_HEIGHT}px)` }}
          >
            {lines.slice(first, last).map((line) => (
              <Line key={line.number} line={line} sought={find.sought} current={find.current === line} />
            ))}
          </ol>
          {isCut && (
            <p className="log-further">
              Further lines are counted. The last of them come when the attempt ends.
            </p>
          )}
        </div>
      </div>
      {/* Below: it comes when the attempt ends, and must not move the lines that are read. */}
      {gap && (
        <p className="log-gap">
          {gap.words}{" "}
          {gap.at !== null && (
            <button type="button" className="button small" onClick={() => show(gap.at!)}>
              Show where
            </button>
          )}
        </p>
      )}
    </div>
  );
}

function isAtEnd({ scrollHeight, scrollTop, clientHeight }: HTMLElement): boolean {
  return scrollHeight - scrollTop - clientHeight < END;
}

/** Whether text is marked in there, be it with more around. */
function isMarkedIn(element: HTMLElement): boolean {
  const selection = getSelection();
  return !!selection && !selection.isCollapsed && selection.getRangeAt(0).intersectsNode(element);
}

/** Tells when text is marked in an element that is there, and when it is no more. */
function useMarked(
  element: React.RefObject<HTMLElement | null>,
  isThere: boolean,
  onChange: () => void,
): void {
  const told = useRef(onChange);
  useEffect(() => {
    told.current = onChange;
  });
  useEffect(() => {
    if (!isThere) return;
    let was = false;
    const look = () => {
      const isMarked = element.current !== null && isMarkedIn(element.current);
      if (isMarked !== was) told.current();
      was = isMarked;
    };
    document.addEventListener("selectionchange", look);
    return () => document.removeEventListener("selectionchange", look);
  }, [element, isThere]);
}

/** The lines as a file has them, each with its instant and where it came from. */
function fileOf(lines: readonly LogLine[]): string {
  return lines.map(({ at, stream, text }) => `${at} ${stream} ${text}\n`).join("");
}

function Line({ line, sought, current }: { line: LogLine; sought: string; current: boolean }) {
  const instant = Date.parse(line.at);
  return (
    <li className="log-line" data-stream={line.stream} data-current={current || undefined}>
      <time dateTime={line.at} title={instantInFull(instant)}>
        {preciseTime(instant)}
      </time>
      <span className="log-stream">{line.stream}</span>
      <span className="log-text">{sought ? <Marked text={line.text} sought={sought} /> : line.text}</span>
    </li>
  );
}

function Marked({ text, sought }: { text: string; sought: string }) {
  const at = text.toLowerCase().indexOf(sought.toLowerCase());
  if (at < 0) return text;
  const end = at + sought.length;
  return (
    <>
      {text.slice(0, at)}
      <mark>{text.slice(at, end)}</mark>
      {text.slice(end)}
    </>
  );
}

/** Finding in the lines: which hold the text, and which of them one is at. */
function useFind(lines: readonly LogLine[]) {
  const [sought, setSought] = useState("");
  const [at, setAt] = useState(0);
  const hits = useMemo(() => hitsOf(lines, sought), [lines, sought]);
  const within = hits.length > 0 ? Math.min(at, hits.length - 1) : 0;
  const seek = (text: string) => {
    setSought(text);
    setAt(0);
    return hitsOf(lines, text)[0];
  };
  const step = (by: 1 | -1) => {
    if (hits.length === 0) return undefined;
    const next = (within + by + hits.length) % hits.length;
    setAt(next);
    return hits[next];
  };
  return { sought, found: hits.length, at: within, current: lines[hits[within] ?? -1], seek, step };
}

function hitsOf(lines: readonly LogLine[], sought: string): number[] {
  if (sought === "") return [];
  const text = sought.toLowerCase();
  return lines.flatMap((line, index) => (line.text.toLowerCase().includes(text) ? [index] : []));
}

/** How high an element is once it is there, in CSS pixels. */
function useHeight(element: React.RefObject<HTMLElement | null>, isThere: boolean): number {
  const [height, setHeight] = useState(400);
  useEffect(() => {
    const box = element.current;
    if (!box) return;
    const observer = new ResizeObserver(() => setHeight(box.clientHeight));
    observer.observe(box);
    return () => observer.disconnect();
  }, [element, isThere]);
  return height;
}
