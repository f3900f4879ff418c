import { Clock, Span } from "@/components/instant";
import { CopyButton } from "@/components/copy-button";
import type { AttemptOutcome, TaskScreenQuery } from "@/gql/operations";

type Attempt = NonNullable<TaskScreenQuery["task"]>["attempts"][number];

const outcomeWords = {
  SUCCEEDED: "succeeded",
  FAILED: "failed",
  TIMED_OUT: "timed out",
  LOST: "lost with its worker",
  CANCELLED: "cancelled",
} satisfies Record<AttemptOutcome, string>;

interface Props {
  attempts: Attempt[];
  /** It stands above already and is not said again. */
  shownError: string | null;
  /** When the task was retried by hand, each a new round. */
  retries: string[];
}

/** Every try at the task, the newest first and open. */
export function Attempts({ attempts, shownError, retries }: Props) {
  if (attempts.length === 0) return <p className="quiet">No worker has tried it yet.</p>;
  const newestFirst = [...attempts].sort((one, other) => other.number - one.number);
  return (
    <ol className="attempts" reversed>
      {newestFirst.map((attempt, index) => (
        <li key={attempt.number} className="attempt">
          <h3>
            Attempt {attempt.number} on {attempt.worker}:{" "}
            {attempt.outcome ? outcomeWords[attempt.outcome] : "running"}
          </h3>
          <p className="quiet">
            <Times attempt={attempt} />
            <Retried attempt={attempt} before={newestFirst[index + 1]} retries={retries} />
          </p>
          {attempt.error && !(index === 0 && attempt.error === shownError) && (
            <pre className="error-text">{attempt.error}</pre>
          )}
          {attempt.traceback && (
            <details className="traceback" open={index === 0}>
              <summary>Traceback</summary>
              <div className="boxed">
                <pre tabIndex={0} role="region" aria-label={`Traceback of attempt ${attempt.number}`}>
                  {attempt.traceback}
                </pre>
                <div className="boxed-actions">
                  <CopyButton text={() => attempt.traceback ?? ""} what="traceback" />
                </div>
              </div>
            </details>
          )}
        </li>
      ))}
    </ol>
  );
}

function Times({ attempt }: { attempt: Attempt }) {
  if (attempt.startedAt === null) return <>It ended before its start was recorded.</>;
  return (
    <>
      started at <Clock at={attempt.startedAt} />, ran{" "}
      <Span from={attempt.startedAt} to={attempt.finishedAt} />
    </>
  );
}

/** An attempt that began a new round says so: between it and the one before somebody retried the task. */
function Retried({
  attempt,
  before,
  retries,
}: {
  attempt: Attempt;
  before: Attempt | undefined;
  retries: string[];
}) {
  const { startedAt } = attempt;
  const ended = before?.finishedAt;
  const retry = ended && startedAt ? retries.find((at) => isBetween(at, ended, startedAt)) : undefined;
  if (retry === undefined) return null;
  return (
    <>
      , after somebody retried it at <Clock at={retry} />
    </>
  );
}

function isBetween(at: string, from: string, to: string): boolean {
  return Date.parse(at) >= Date.parse(from) && Date.parse(at) <= Date.parse(to);
}
