import UPlot from "uplot";
import "uplot/dist/uPlot.min.css";

/** A line on a time axis; null where it has a gap. */
export type Values = readonly (number | null)[];

export interface Plot {
  /** `at`: seconds since 1970, one for each value of each line. */
  show: (at: readonly number[], lines: readonly Values[]) => void;
  destroy: () => void;
}

interface Look {
  /** The elements whose text colours the lines have; read anew whenever the theme changes. */
  swatches: readonly Element[];
  dashed: readonly boolean[];
  words: (value: number) => string;
  /** The values are counts: nothing between two of them is marked. If not, they are seconds. */
  whole: boolean;
  /** Told the place of the value that is pointed at, or null. */
  onPoint: (place: number | null) => void;
}

const HEIGHT = 176;
const LEAST_WIDTH = 64;
/** 1, 2, 5, 10 … */
const WHOLE = Array.from({ length: 30 }, (_, step) => [1, 2, 5][step % 3]! * 10 ** Math.floor(step / 3));

/** Seconds from one mark to the next that are told in one unit: "20 ms", "30 s", "5 min". */
const SPANS = [
  ...[0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30],
  ...[1, 2, 5, 10, 20, 30].map((minutes) => 60 * minutes),
  ...[1, 2, 4, 6, 12].map((hours) => 3_600 * hours),
  ...WHOLE.slice(0, 12).map((days) => 86_400 * days),
];

/** Draw lines in an element; its text colour is that of the axes, its border's that of the grid. */
export function plotIn(element: HTMLElement, { swatches, dashed, words, whole, onPoint }: Look): Plot {
  const ink = () => getComputedStyle(element).color;
  const grid = { stroke: () => getComputedStyle(element).borderBottomColor, width: 1 };
  const axis = { stroke: ink, grid, ticks: grid, font: "12px system-ui, sans-serif" };
  const plot = new UPlot(
    {
      width: element.clientWidth,
      height: HEIGHT,
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false } },
      scales: { y: { range: (_, __, highest) => [0, highest > 0 ? highest * 1.1 : 1] } },
      axes: [
        { ...axis, size: 28, space: 72, values: (_, splits) => splits.map(clockWords) },
        { ...axis, size: widthOf, incrs: whole ? WHOLE : SPANS, values: (_, splits) => splits.map(words) },
      ],
      series: [
        {},
        ...swatches.map((swatch, line) => ({
          stroke: () => getComputedStyle(swatch).color,
          width: 1.5,
          points: {
            show: false,
            size: 4,
            width: 0,
            fill: () => getComputedStyle(swatch).color,
            filter: (plot: UPlot, line: number) => alone(plot.data[line]!),
          },
          ...(dashed[line] && { dash: [6, 4] }),
        })),
      ],
      hooks: { setCursor: [({ cursor }) => onPoint(cursor.idx ?? null)] },
    },
    [[], ...swatches.map(() => [])],
    element,
  );
  const resized = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: HEIGHT }));
  resized.observe(element);
  const repaint = () => plot.redraw(false, true);
  const themed = new MutationObserver(repaint);
  themed.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  const dark = matchMedia("(prefers-color-scheme: dark)");
  dark.addEventListener("change", repaint);
  return {
    show: (at, lines) => plot.setData([[...at], ...lines.map((values) => [...values])]),
    destroy() {
      resized.disconnect();
      themed.disconnect();
      dark.removeEventListener("change", repaint);
      plot.destroy();
    },
  };
}

/** As wide as its longest label, in CSS pixels: "2 min 30 s" is twice as long as "1,000". */
function widthOf(plot: UPlot, labels: string[] | null, axis: number): number {
  const { font, ticks, gap } = plot.axes[axis]!;
  plot.ctx.font = (font as unknown as string[])[0]!;
  const widths = (labels ?? []).map((label) => plot.ctx.measureText(label).width / devicePixelRatio);
  // Never narrower than what most labels need: the lines would move with every digit.
  return Math.max(LEAST_WIDTH, Math.ceil(Math.max(0, ...widths) + (ticks?.size ?? 0) + (gap ?? 0)));
}

/** The places of the values between two gaps, which no line leads to: each is drawn as a point. */
function alone(values: ArrayLike<number | null | undefined>): number[] {
  const has = (place: number) => typeof values[place] === "number";
  return Array.from(values, (_, place) => place).filter(
    (place) => has(place) && !has(place - 1) && !has(place + 1),
  );
}

function clockWords(seconds: number): string {
  return new Date(seconds * 1000).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
}
