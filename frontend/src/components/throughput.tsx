import { useMemo } from "react";
import { Throughput as ThroughputQuestion, type ThroughputQuery } from "@/gql/operations";
import { useAddress, withSearch } from "@/lib/address";
import { spanInWords } from "@/lib/duration";
import { useTimed } from "@/lib/use-timed";
import { Chart, type Line } from "./chart";
import { Link } from "./link";
import { statusLook } from "./status-look";

type Stats = ThroughputQuery["stats"];

/** So many minutes, as the URL says them and in words. */
const reaches = {
  "1h": { minutes: 60, label: "last hour" },
  "6h": { minutes: 360, label: "6 hours" },
  "24h": { minutes: 1_440, label: "24 hours" },
} as const;
export type Reach = keyof typeof reaches;
const names = Object.keys(reaches) as Reach[];

/** How far back the charts reach, as the URL says it; null where they are closed. */
export function reachOf(search: URLSearchParams, parameter: string): Reach | null {
  return names.find((name) => name === search.get(parameter)) ?? null;
}

interface Props {
  reach: Reach;
  /** The search parameter of the URL that says how far the charts reach. */
  parameter: string;
  /** Only of this queue, or of this task function. */
  queue?: string | undefined;
  name?: string | undefined;
  /** What the screen's live query has told: another one lets the numbers be renewed. */
  changed: unknown;
}

/** How many tasks came and went by the minute, how long they waited and how long they ran. */
export function Throughput({ reach, parameter, queue, name, changed }: Props) {
  const { minutes } = reaches[reach];
  const answer = useTimed(ThroughputQuestion, { minutes, queue: queue ?? null, name: name ?? null }, changed);
  return (
    <div className="throughput">
      <Reaches reach={reach} parameter={parameter} />
      {answer ? (
        <Charts stats={answer.stats} />
      ) : (
        <p className="throughput-empty quiet">Asking for the numbers…</p>
      )}
    </div>
  );
}

function Reaches({ reach, parameter }: { reach: Reach; parameter: string }) {
  const address = useAddress();
  return (
    <nav className="reaches" aria-label="How far back">
      {names.map((name) => (
        <Link
          key={name}
          className="button small"
          href={withSearch(address, { [parameter]: name })}
          aria-current={name === reach ? "true" : undefined}
        >
          {reaches[name].label}
        </Link>
      ))}
    </nav>
  );
}

function Charts({ stats }: { stats: Stats }) {
  const at = useMemo(() => stats.minutes.map((minute) => minute.at), [stats]);
  const counts = useMemo(() => countLines(stats), [stats]);
  const spans = useMemo(() => spanLines(stats), [stats]);
  return (
    <div className="charts">
      <Chart title="Tasks a minute" at={at} lines={counts} words={countWords} together="sum" />
      <Chart title="How long they took" at={at} lines={spans} words={secondsWords} together="highest" />
    </div>
  );
}

function countLines({ minutes, ...whole }: Stats): Line[] {
  const line = (label: string, tone: string, count: "created" | "finished" | "failed"): Line => ({
    label,
    look: `tone-${tone}`,
    values: minutes.map((minute) => minute[count]),
    whole: countWords(whole[count]),
  });
  return [
    { ...line("created", statusLook.QUEUEING.tone, "created"), dashed: true },
    line(statusLook.FINISHED.label, statusLook.FINISHED.tone, "finished"),
    line(statusLook.FAILED.label, statusLook.FAILED.tone, "failed"),
  ];
}

function spanLines({ minutes, ...whole }: Stats): Line[] {
  const line = (label: string, span: "waited" | "ran", share: "p50" | "p95"): Line => ({
    label,
    look: span === "waited" ? "ink-quiet" : "ink-full",
    dashed: share === "p95",
    values: minutes.map((minute) => minute[span]?.[share] ?? null),
    whole: whole[span] ? secondsWords(whole[span][share]) : "–",
  });
  return [
    line("half waited at most", "waited", "p50"),
    line("95 % waited at most", "waited", "p95"),
    line("half ran at most", "ran", "p50"),
    line("95 % ran at most", "ran", "p95"),
  ];
}

function countWords(count: number): string {
  return count.toLocaleString("en");
}

function secondsWords(seconds: number): string {
  return seconds === 0 ? "0" : spanInWords(seconds * 1000);
}
