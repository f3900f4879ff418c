import { type ReactNode, useState } from "react";
import { CopyButton } from "@/components/copy-button";
import { callText } from "@/components/call";
import { DownloadButton } from "@/components/download-button";
import { Clock, Distance } from "@/components/instant";
import { JsonView } from "@/components/json-view";
import { Link } from "@/components/link";
import { FailureProblem, Problem } from "@/components/problem";
import { ProgressLine } from "@/components/progress-line";
import { Qualifier, attemptWords } from "@/components/qualifier";
import { Sentence } from "@/components/sentence";
import { Skeleton } from "@/components/skeleton";
import { StatusChip } from "@/components/status-chip";
import { TaskScreen as TaskQuestion, type TaskScreenQuery } from "@/gql/operations";
import { go, useAddress, withSearch } from "@/lib/address";
import { spanInWords } from "@/lib/duration";
import { printJson } from "@/lib/json";
import { useLive } from "@/lib/use-live";
import { Actions } from "./actions";
import { AttemptError, AttemptTimes } from "./attempt";
import { Events, retriedAt } from "./events";
import { Log } from "./log";
import { type LogLine, type Logs, askedAfter, gathered } from "./log-lines";
import { outcomeLook } from "./outcome-look";
import { TimeLine } from "./time-line";

type Task = NonNullable<TaskScreenQuery["task"]>;

/** One task: what was asked, how it goes, what came of it, and what can be done. */
export function TaskScreen({ id }: { id: string }) {
  const [after, setAfter] = useState(0);
  const [logs, setLogs] = useState<Logs>(() => new Map());
  const address = useAddress();
  const { data, of, state, retry } = useLive(TaskQuestion, { id, logAfter: after });
  const task = data?.task ?? null;

  const attempts = task?.attempts ?? [];
  const next = of ? gathered(logs, attempts, of.logAfter) : logs;
  if (next !== logs) setLogs(next);
  const newest = attempts.at(-1)?.number ?? 0;
  const asked = Number(address.search.get("attempt"));
  const read = attempts.some(({ number }) => number === asked) ? asked : newest;
  // Without a choice in the address the newest attempt is read, also when there comes a newer one.
  const choose = (number: number) =>
    go(withSearch(address, { attempt: number === newest ? null : String(number) }), { replace: true });
  const nextAfter = askedAfter(next.get(read) ?? [], after);
  if (nextAfter !== after) setAfter(nextAfter);

  const isGone = state.name === "refused" && isNotFound(state.failure);
  // The heading stays one element however the rest comes and goes: it has the focus after a step to this screen.
  return (
    <article className="task">
      <header className="task-head">
        <h1 tabIndex={-1}>
          {task ? (
            <>
              {task.name}
              <span className="call-arguments">({callText(task.args, task.kwargs)})</span>
            </>
          ) : (
            "Task"
          )}
        </h1>
        {task && <Standing task={task} isGone={isGone} />}
      </header>
      {task ? (
        <TaskReport task={task} read={read} lines={logs.get(read) ?? []} onChoose={choose} />
      ) : data || isGone ? (
        <UnknownTask id={id} />
      ) : state.name === "refused" || state.name === "reconnecting" ? (
        <FailureProblem failure={state.failure} retry={retry} />
      ) : (
        <Skeleton lines={6} />
      )}
    </article>
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

interface Stand {
  task: Task;
  /** It was there and is no more: what is shown is how it was last. */
  isGone: boolean;
}

/** Where it stands, and what can be done about it. */
function Standing({ task, isGone }: Stand) {
  return (
    <>
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
    </>
  );
}

interface Report {
  task: Task;
  /** The number of the attempt that is read, and what it wrote. */
  read: number;
  lines: readonly LogLine[];
  onChoose: (attempt: number) => void;
}

function TaskReport({ task, read, lines, onChoose }: Report) {
  const retries = retriedAt(task.events);
  const place = task.attempts.findIndex(({ number }) => number === read);
  const attempt = task.attempts[place];
  return (
    <>
      <Facts task={task} />
      {task.error !== null && task.error !== task.attempts.at(-1)?.error && (
        <Part title="Error">
          <pre className="error-text" tabIndex={0} role="region" aria-label="Error">
            {task.error}
          </pre>
        </Part>
      )}
      {task.status === "FINISHED" && (
        <Part
          title="Result"
          aside={
            <DownloadButton
              text={() => `${printJson(task.result ?? null, 2)}\n`}
              name={`${task.id}-result.json`}
              what="result"
            />
          }
        >
          <JsonView value={task.result ?? null} label="Result" />
        </Part>
      )}
      <Part title="Time line">
        <TimeLine task={task} retries={retries} chosen={read} onChoose={onChoose} />
      </Part>
      {attempt && (
        <Part title={`Attempt ${attempt.number} on ${attempt.worker}: ${outcomeLook(attempt.outcome).words}`}>
          <div className="attempt">
            <AttemptTimes attempt={attempt} before={task.attempts[place - 1]} retries={retries} />
            <AttemptError key={attempt.number} attempt={attempt} />
            <h3>Log</h3>
            <Log
              key={`log ${attempt.number}`}
              task={task.id}
              attempt={attempt.number}
              lines={lines}
              running={attempt.outcome === null}
            />
          </div>
        </Part>
      )}
      <Part title="Arguments">
        <JsonView value={argumentsOf(task)} label="Arguments" />
      </Part>
      {task.events.length > 0 && (
        <Part title="Events">
          <Events events={task.events} />
        </Part>
      )}
    </>
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
