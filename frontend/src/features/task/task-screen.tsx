import { type ReactNode, useState } from "react";
import { CopyButton } from "@/components/copy-button";
import { callText } from "@/components/call";
import { Clock, Distance } from "@/components/instant";
import { JsonView } from "@/components/json-view";
import { Link } from "@/components/link";
import { FailureProblem, Problem } from "@/components/problem";
import { ProgressLine } from "@/components/progress-line";
import { Qualifier, attemptWords } from "@/components/qualifier";
import { Sentence } from "@/components/sentence";
import { Skeleton } from "@/components/skeleton";
import { Ran, Waited } from "@/components/spans";
import { StatusChip } from "@/components/status-chip";
import { TaskScreen as TaskQuestion, type TaskScreenQuery } from "@/gql/operations";
import { spanInWords } from "@/lib/duration";
import { useLive } from "@/lib/use-live";
import { Actions } from "./actions";
import { Attempts } from "./attempts";
import { Events, retriedAt } from "./events";
import { Log } from "./log";
import { type LogLine, type Logs, askedAfter, gathered } from "./log-lines";

type Task = NonNullable<TaskScreenQuery["task"]>;

/** One task: what was asked, how it goes, what came of it, and what can be done. */
export function TaskScreen({ id }: { id: string }) {
  const [after, setAfter] = useState(0);
  const [logs, setLogs] = useState<Logs>(() => new Map());
  const [chosen, setChosen] = useState<number | null>(null);
  const { data, of, state, retry } = useLive(TaskQuestion, { id, logAfter: after });
  const task = data?.task ?? null;

  const attempts = task?.attempts ?? [];
  const next = of ? gathered(logs, attempts, of.logAfter) : logs;
  if (next !== logs) setLogs(next);
  const read = chosen ?? attempts.at(-1)?.number ?? 0;
  const nextAfter = askedAfter(next.get(read) ?? [], after);
  if (nextAfter !== after) setAfter(nextAfter);

  const isGone = state.name === "refused" && isNotFound(state.failure);
  if (task)
    return (
      <TaskReport
        task={task}
        isGone={isGone}
        log={{ attempt: read, lines: logs.get(read) ?? [], choose: setChosen }}
      />
    );
  return (
    <>
      <h1 tabIndex={-1}>Task</h1>
      {data || isGone ? (
        <UnknownTask id={id} />
      ) : state.name === "refused" || state.name === "reconnecting" ? (
        <FailureProblem failure={state.failure} retry={retry} />
      ) : (
        <Skeleton lines={6} />
      )}
    </>
  );
}

function isNotFound(failure: { kind: string; code?: string }): boolean {
  return failure.kind === "refused" && failure.code === "NOT_FOUND";
}

function UnknownTask({ id }: { id: string }) {
  return (
    <Problem title="There is no such task.">
      No task has the id <code>{id}</code>. It may have been mistyped, or deleted since the link was made.{" "}
      <Link href="/">See all tasks</Link>
    </Problem>
  );
}

interface Report {
  task: Task;
  /** It was there and is no more: what is shown is how it was last. */
  isGone: boolean;
  log: { attempt: number; lines: readonly LogLine[]; choose: (attempt: number) => void };
}

function TaskReport({ task, isGone, log }: Report) {
  const attempt = task.attempts.find(({ number }) => number === log.attempt);
  return (
    <article className="task">
      <header className="task-head">
        <h1 tabIndex={-1}>
          {task.name}
          <span className="call-arguments">({callText(task.args, task.kwargs)})</span>
        </h1>
        <p className="task-state" role="status">
          <StatusChip status={task.status} />{" "}
          <span className="qualifier">
            <Qualifier task={task} />
          </span>
        </p>
        <Waiting task={task} />
        {task.status === "RUNNING" && task.progress && (
          <ProgressLine progress={task.progress} label="Progress" />
        )}
        <p className="task-id">
          <code>{task.id}</code> <CopyButton text={() => task.id} what="id" />
        </p>
        {isGone ? (
          <Problem title="This task has been deleted.">
            What is shown is how it was last. <Link href="/">See all tasks</Link>
          </Problem>
        ) : (
          <Actions task={task} />
        )}
      </header>
      <Facts task={task} />
      {task.error !== null && (
        <Part title="Error">
          <pre className="error-text" tabIndex={0} role="region" aria-label="Error">
            {task.error}
          </pre>
        </Part>
      )}
      {task.status === "FINISHED" && (
        <Part title="Result">
          <JsonView value={task.result ?? null} label="Result" />
        </Part>
      )}
      {attempt && (
        <Part
          title="Log"
          aside={<AttemptChoice attempts={task.attempts} chosen={attempt.number} onChoose={log.choose} />}
        >
          <Log
            key={attempt.number}
            attempt={attempt.number}
            lines={log.lines}
            running={attempt.outcome === null}
          />
        </Part>
      )}
      <Part title="Arguments">
        <JsonView value={argumentsOf(task)} label="Arguments" />
      </Part>
      <Part title="Attempts">
        <Attempts attempts={task.attempts} shownError={task.error} retries={retriedAt(task.events)} />
      </Part>
      {task.events.length > 0 && (
        <Part title="Events">
          <Events events={task.events} />
        </Part>
      )}
    </article>
  );
}

/** Why it does not run yet, in the server's words, and when it may. */
function Waiting({ task }: { task: Task }) {
  if (task.status !== "QUEUEING" || !task.waiting) return null;
  return (
    <p className="task-waiting">
      <Sentence text={task.waiting} />
      {task.estimatedStartAt && !names(task.waiting, task.estimatedStartAt) && (
        <>
          {" "}
          Expected to start <Distance at={task.estimatedStartAt} />.
        </>
      )}
    </p>
  );
}

/** Whether a sentence tells an instant already, in whatever precision. */
function names(sentence: string, instant: string): boolean {
  return sentence.includes(instant.slice(0, "2026-11-21T22:04:09".length));
}

interface Choice {
  attempts: Task["attempts"];
  chosen: number;
  onChoose: (attempt: number) => void;
}

function AttemptChoice({ attempts, chosen, onChoose }: Choice) {
  if (attempts.length < 2) return null;
  return (
    <label className="part-aside">
      of attempt{" "}
      <select className="input" value={chosen} onChange={(event) => onChoose(Number(event.target.value))}>
        {attempts.map(({ number, worker }) => (
          <option key={number} value={number}>
            {number} on {worker}
          </option>
        ))}
      </select>
    </label>
  );
}

/** What was given: by position, by name, or both, as the API takes it. */
function argumentsOf({ args, kwargs }: Task) {
  const isEmpty = Array.isArray(args) && args.length === 0;
  return isEmpty ? kwargs : { args, kwargs };
}

function Part({ title, aside, children }: { title: string; aside?: ReactNode; children: ReactNode }) {
  return (
    <section className="part">
      <div className="part-head">
        <h2>{title}</h2>
        {aside}
      </div>
      {children}
    </section>
  );
}

function Facts({ task }: { task: Task }) {
  const ran = task.startedAt !== null;
  return (
    <dl className="facts">
      <Fact term="Task type">
        <code>{task.path}</code>
      </Fact>
      <Fact term="Queue">{task.queue}</Fact>
      <Fact term="Priority">{task.priority}</Fact>
      <Fact term="Attempt">
        {task.attempt > 0
          ? attemptWords(task)
          : task.maxAttempts > 1
            ? `none of ${task.maxAttempts} yet`
            : "none yet"}
      </Fact>
      <Fact term="Worker">{task.worker?.topic ?? "–"}</Fact>
      <Fact term="Timeout">{task.timeout === null ? "none" : spanInWords(task.timeout * 1000)}</Fact>
      <Fact term="Created">
        <Clock at={task.createdAt} />{" "}
        <small>
          <Distance at={task.createdAt} />
        </small>
      </Fact>
      {task.runAfter && (
        <Fact term="Run at">
          <Clock at={task.runAfter} />
        </Fact>
      )}
      {task.expiresAt && (
        <Fact term="Expires">
          <Clock at={task.expiresAt} />{" "}
          {task.status === "QUEUEING" && (
            <small>
              <Distance at={task.expiresAt} />
            </small>
          )}
        </Fact>
      )}
      {task.startedAt && (
        <Fact term="Started">
          <Clock at={task.startedAt} />
        </Fact>
      )}
      {task.finishedAt && (
        <Fact term="Ended">
          <Clock at={task.finishedAt} />
        </Fact>
      )}
      <Fact term="Waited">
        <Waited task={task} />
      </Fact>
      {ran && (
        <Fact term="Ran">
          <Ran task={task} />
        </Fact>
      )}
    </dl>
  );
}

function Fact({ term, children }: { term: string; children: ReactNode }) {
  return (
    <div>
      <dt>{term}</dt>
      <dd>{children}</dd>
    </div>
  );
}
