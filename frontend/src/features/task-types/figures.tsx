import type { TypeFiguresQuery } from "@/gql/operations";
import { spanInWords } from "@/lib/duration";

export type Stats = TypeFiguresQuery["taskTypes"][number]["stats"];

/** How much was done of a task type, how long it waited and ran, and how often it failed. */
export function Figures({ stats }: { stats: Stats }) {
  const { created, finished, failed, waited, ran } = stats;
  const ended = finished + failed;
  if (created === 0 && ended === 0) return <span className="quiet">nothing</span>;
  return (
    <dl className="figures">
      <Figure name="created" words={created.toLocaleString("en")} />
      {ended > 0 && (
        <Figure name="failed" words={`${shareWords(failed, ended)} of ${ended.toLocaleString("en")}`} />
      )}
      {waited && <Figure name="waited" words={percentileWords(waited)} />}
      {ran && <Figure name="ran" words={percentileWords(ran)} />}
    </dl>
  );
}

function Figure({ name, words }: { name: string; words: string }) {
  return (
    <div>
      <dt>{name}</dt> <dd>{words}</dd>
    </div>
  );
}

/** "400 ms, 95 % under 2.0 s"; one span where the two are told alike. */
export function percentileWords({ p50, p95 }: { p50: number; p95: number }): string {
  const half = spanInWords(p50 * 1000);
  const most = spanInWords(p95 * 1000);
  return half === most ? half : `${half}, 95 % within ${most}`;
}

/** "none", "< 0.1 %", "3.2 %", "all". */
export function shareWords(part: number, of: number): string {
  if (part === 0) return "none";
  if (part === of) return "all";
  const share = (part / of) * 100;
  if (share < 0.1) return "< 0.1 %";
  return share > 99.9 ? "> 99.9 %" : `${share.toFixed(share < 10 ? 1 : 0)} %`;
}
