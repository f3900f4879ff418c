import { useEffect, useRef, useState } from "react";
import { spanInWords, timeInWords } from "@/lib/duration";
import type { Plot, Values } from "./plot";

export interface Line {
  label: string;
  /** The class that gives its colour: that of a status, or one of the neutral ones. */
  look: string;
  dashed?: boolean;
  /** One for each minute; null where there is none. */
  values: Values;
  /** What of it holds for the whole time, in words. */
  whole: string;
}

interface Props {
  title: string;
  /** When each minute began. */
  at: readonly string[];
  lines: readonly Line[];
  words: (value: number) => string;
  /** What several minutes together have: their sum, or the highest of them. */
  together: "sum" | "highest";
}

/** More rows would not be read. */
const ROWS = 12;

/** Lines by the minute, each named in words, and all their numbers as a table for those who cannot see them. */
export function Chart({ title, at, lines, words, together }: Props) {
  const figure = useRef<HTMLElement>(null);
  const { place, pointed, failed } = usePlot(figure, at, lines, words, together === "sum");
  const minute = pointed === null ? undefined : at[pointed];
  return (
    <figure ref={figure} className="chart">
      <figcaption>
        <div className="chart-title">
          <h3>{title}</h3>
          <span className="quiet" aria-hidden="true">
            {minute === undefined ? "in all" : `in the minute of ${clock(minute)}`}
          </span>
        </div>
        <ul className="chart-lines">
          {lines.map(({ label, look, dashed, values, whole }) => (
            <li key={label}>
              <svg className={`swatch ${look}`} viewBox="0 0 16 4" aria-hidden="true">
                <path d="M0 2h16" strokeDasharray={dashed ? "5 3" : undefined} />
              </svg>
              {label}{" "}
              <b>{minute === undefined || pointed === null ? whole : valueWords(values[pointed], words)}</b>
            </li>
          ))}
        </ul>
      </figcaption>
      {failed ? (
        <p className="quiet">The drawing could not be loaded; its numbers stand below.</p>
      ) : (
        <div ref={place} className="chart-place" aria-hidden="true" />
      )}
      <details className="numbers">
        <summary>Numbers</summary>
        <Numbers at={at} lines={lines} words={words} together={together} caption={title} />
      </details>
    </figure>
  );
}

/** The drawing comes apart from the page: nobody who opens no chart loads it. */
function usePlot(
  figure: React.RefObject<HTMLElement | null>,
  at: readonly string[],
  lines: readonly Line[],
  words: (value: number) => string,
  whole: boolean,
) {
  const place = useRef<HTMLDivElement>(null);
  const [plot, setPlot] = useState<Plot | null>(null);
  const [pointed, setPointed] = useState<number | null>(null);
  const [failed, setFailed] = useState(false);
  const first = useRef({ lines, words, whole });
  useEffect(() => {
    let left = false;
    let made: Plot | null = null;
    import("./plot")
      .then(({ plotIn }) => {
        if (left || !place.current || !figure.current) return;
        made = plotIn(place.current, {
          swatches: [...figure.current.querySelectorAll(".swatch")],
          dashed: first.current.lines.map(({ dashed = false }) => dashed),
          words: first.current.words,
          whole: first.current.whole,
          onPoint: setPointed,
        });
        setPlot(made);
      })
      .catch(() => !left && setFailed(true));
    return () => {
      left = true;
      made?.destroy();
      setPlot(null);
    };
  }, [figure]);
  useEffect(() => {
    plot?.show(
      at.map((each) => Date.parse(each) / 1000),
      lines.map(({ values }) => values),
    );
  }, [plot, at, lines]);
  return { place, pointed, failed };
}

function Numbers({ at, lines, words, together, caption }: Omit<Props, "title"> & { caption: string }) {
  const size = Math.max(1, Math.ceil(at.length / ROWS));
  const rows = Array.from({ length: Math.ceil(at.length / size) }, (_, row) => row * size);
  // With the date of yesterday before some, those of today without one would look like another kind of thing.
  const isDated = at.length > 0 && clock(at[0]!) === dated(at[0]!);
  return (
    <table className="numbers-table">
      <caption>
        {caption}
        {size > 1 && `, the ${together} of ${spanInWords(size * 60_000)} a row`}
      </caption>
      <thead>
        <tr>
          <th scope="col">From</th>
          {lines.map(({ label }) => (
            <th key={label} scope="col">
              {label}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row}>
            <th scope="row">{isDated ? dated(at[row]!) : clock(at[row]!)}</th>
            {lines.map(({ label, values }) => (
              <td key={label}>{valueWords(gathered(values.slice(row, row + size), together), words)}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function gathered(values: Values, together: Props["together"]): number | null {
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return null;
  return together === "sum" ? known.reduce((sum, value) => sum + value, 0) : Math.max(...known);
}

function valueWords(value: number | null | undefined, words: (value: number) => string): string {
  return value === null || value === undefined ? "–" : words(value);
}

function clock(at: string): string {
  return timeInWords(Date.parse(at), Date.now()).slice(0, -3);
}

function dated(at: string): string {
  return timeInWords(Date.parse(at), 0).slice(0, -3);
}
