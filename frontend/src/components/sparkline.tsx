/** In units of the drawing; each column has its gap within. */
const COLUMN = 8;
const HEIGHT = 24;
/** What is there is seen, however little it is beside the highest. */
const LOWEST = 2;

/** A column for each count, the newest at the right. It is for the eye only: words beside it tell what it counts, and how many. */
export function Sparkline({ counts }: { counts: readonly number[] }) {
  const highest = Math.max(1, ...counts);
  const width = counts.length * COLUMN;
  return (
    <svg
      className="sparkline"
      viewBox={`0 0 ${width} ${HEIGHT}`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      {counts.map((count, place) => {
        const height = count === 0 ? 0.5 : Math.max(LOWEST, (count / highest) * HEIGHT);
        return (
          <rect key={place} x={place * COLUMN + 1} y={HEIGHT - height} width={COLUMN - 2} height={height} />
        );
      })}
    </svg>
  );
}
