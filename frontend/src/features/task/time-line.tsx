import { useLayoutEffect, useRef } from "react";
import { IconRetry } from "@/components/icons";
import { Clock, Span } from "@/components/instant";
import type { TaskScreenQuery } from "@/gql/operations";
import { useNow } from "@/lib/clock";
import { countedSpanInWords, instantInFull, spanInWords } from "@/lib/duration";
import { type Leg, type PauseKind, legsOf, sumOf } from "./legs";
import { outcomeLook } from "./outcome-look";

type Task = NonNullable<TaskScreenQuery["task"]>;
type Attempt = Task["attempts"][number];

const pauseWords = {
  scheduled: "scheduled",
  waited: "waited",
  backedOff: "backed off",
  ended: "had ended",
} satisfies Record<PauseKind, string>;

const kinds = ["scheduled", "waited", "ran", "backedOff", "ended"] as const;

/** For a bar and the pause before it, in CSS pixels: with less, all pauses would look alike. */
const ROOM = 64;

interface Props {
  task: Task;
  /** When the task was retried by hand, each a new round. */
  retries: string[];
  /** The number of the attempt that is read. */
  chosen: number;
  onChoose: (attempt: number) => void;
}

/** A task's time, each leg as long as it took; its attempts are bars to choose from. */
export function TimeLine({ task, retries, chosen, onChoose }: Props) {
  const now = useNow();
  const legs = legsOf(task, retries, now);
  const whole = legs.reduce((sum, leg) => sum + lengthOf(leg), 0) || 1;
  const width = task.attempts.length * ROOM;
  const box = useInView(chosen);
  const attempts = new Map(task.attempts.map((attempt) => [attempt.number, attempt]));
  return (
    <div className="time-line">
      <div ref={box} className="track-box">
        <ol className="track" style={{ minWidth: width }}>
          {legs.map((leg, index) => {
            const style = { flexGrow: (lengthOf(leg) / whole) * 1000 };
            if (leg.kind === "retried") return <RetryMark key={index} at={leg.from} />;
            if (leg.kind !== "ran") return <PauseLeg key={index} leg={leg} style={style} />;
            return (
              <li key={index} className="track-run" style={style}>
                <Bar
                  attempt={attempts.get(leg.attempt)!}
                  span={words(leg)}
                  isChosen={leg.attempt === chosen}
                  onChoose={onChoose}
                />
              </li>
            );
          })}
        </ol>
        <p className="track-ends quiet" style={{ minWidth: width }}>
          <Clock at={task.createdAt} />
          <span>
            {task.finishedAt === null ? "now" : <Clock at={task.finishedAt} />},{" "}
            <Span from={task.createdAt} to={task.finishedAt} /> in all
          </span>
        </p>
      </div>
      <Sums legs={legs} count={task.attempts.length} />
    </div>
  );
}

/** What it adds to the length of the line. How long a task had ended before it was retried says nothing of the others. */
function lengthOf({ kind, from, to }: Leg): number {
  return kind === "ended" ? 0 : to - from;
}

function words({ from, to, open }: Leg): string {
  return open ? countedSpanInWords(to - from) : spanInWords(to - from);
}

interface BarProps {
  attempt: Attempt;
  span: string;
  isChosen: boolean;
  onChoose: (attempt: number) => void;
}

function Bar({ attempt, span, isChosen, onChoose }: BarProps) {
  const { icon: Icon, tone, words } = outcomeLook(attempt.outcome);
  const { number, worker, startedAt } = attempt;
  const went = startedAt === null ? words : `${words}, ${span}`;
  return (
    <button
      type="button"
      className={`track-bar tone-${tone}`}
      aria-label={`Attempt ${number} ${went}`}
      aria-pressed={isChosen}
      title={`Attempt ${number} on ${worker} ${went}`}
      onClick={() => onChoose(number)}
    >
      <Icon />
      {number}
      <span className="track-words">{went}</span>
    </button>
  );
}

function PauseLeg({ leg, style }: { leg: Leg & { kind: PauseKind }; style: React.CSSProperties }) {
  const said = `${pauseWords[leg.kind]} ${words(leg)}`;
  return (
    <li className="track-pause" data-kind={leg.kind} style={style} title={said}>
      <span className="track-words">{said}</span>
    </li>
  );
}

function RetryMark({ at }: { at: number }) {
  const said = `retried by hand at ${instantInFull(at)}`;
  return (
    <li className="track-retry" title={said}>
      <IconRetry />
      <span className="unseen">{said}</span>
    </li>
  );
}

/** What each kind of leg took in all. */
function Sums({ legs, count }: { legs: Leg[]; count: number }) {
  return (
    <ul className="track-sums">
      {kinds.map((kind) => {
        const sum = sumOf(legs, kind);
        if (sum === null) return null;
        const span = sum.open ? countedSpanInWords(sum.span) : spanInWords(sum.span);
        return (
          <li key={kind}>
            <span className="track-swatch" data-kind={kind} aria-hidden="true" />
            {kind === "ran" ? "ran" : pauseWords[kind]} {span}
            {kind === "ran" && count > 1 && ` in ${count} attempts`}
          </li>
        );
      })}
    </ul>
  );
}

/** A box that shows its chosen bar, in the middle where it has to scroll; the page itself stays where it is. */
function useInView(chosen: number) {
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const leg = box.current?.querySelector<HTMLElement>("li:has([aria-pressed=true])");
    if (!leg || !box.current) return;
    box.current.scrollLeft = leg.offsetLeft + leg.offsetWidth / 2 - box.current.clientWidth / 2;
  }, [chosen]);
  return box;
}
