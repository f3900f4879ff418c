import { Clock, Span } from "@/components/instant";
import { CopyButton } from "@/components/copy-button";
import type { TaskScreenQuery } from "@/gql/operations";
import { laterOf } from "@/lib/first-due";
import { type Piece, piecesOf } from "./traceback";

type Task = NonNullable<TaskScreenQuery["task"]>;
type Attempt = Task["attempts"][number];

interface Times {
  task: Pick<Task, "createdAt" | "runAfter">;
  attempt: Attempt;
  before: Attempt | undefined;
  /** When the task was retried by hand, each a new round. */
  retries: string[];
}

/** When an attempt started and how long it ran; one that began a round also says how long that had waited, and why it began. */
export function AttemptTimes({ task, attempt, before, retries }: Times) {
  const { startedAt, finishedAt } = attempt;
  if (startedAt === null) return <p className="quiet">It ended before its start was recorded.</p>;
  const ended = before?.finishedAt;
  const retry = ended ? retries.find((at) => isBetween(at, ended, startedAt)) : undefined;
  const asked = before === undefined ? task.createdAt : retry;
  return (
    <p className="quiet">
      {asked !== undefined && (
        <>
          waited <Span from={laterOf(asked, task.runAfter)} to={startedAt} />,{" "}
        </>
      )}
      started at <Clock at={startedAt} />, ran <Span from={startedAt} to={finishedAt} />
      {retry !== undefined && (
        <>
          , after somebody retried it at <Clock at={retry} />
        </>
      )}
    </p>
  );
}

function isBetween(at: string, from: string, to: string): boolean {
  return Date.parse(at) >= Date.parse(from) && Date.parse(at) <= Date.parse(to);
}

/** What an attempt failed with: its type and message, then its way there. */
export function AttemptError({ attempt: { number, error, traceback } }: { attempt: Attempt }) {
  return (
    <>
      {error !== null && (
        <pre className="error-text" tabIndex={0} role="region" aria-label={`Error of attempt ${number}`}>
          {error}
        </pre>
      )}
      {traceback !== null && (
        <div className="boxed">
          <div className="traceback" tabIndex={0} role="region" aria-label={`Traceback of attempt ${number}`}>
            {piecesOf(traceback).map((piece, index) => (
              <Frames key={index} piece={piece} />
            ))}
          </div>
          <div className="boxed-actions">
            <CopyButton text={() => traceback} what="traceback" />
          </div>
        </div>
      )}
    </>
  );
}

function Frames({ piece: { text, libraryFrames } }: { piece: Piece }) {
  if (libraryFrames === 0) return <pre>{text}</pre>;
  return (
    <details>
      <summary>
        … {libraryFrames} {libraryFrames === 1 ? "frame" : "frames"} of libraries
      </summary>
      <pre>{text}</pre>
    </details>
  );
}
