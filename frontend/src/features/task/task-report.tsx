import { type ReactNode, type Ref, useState } from "react";
import { flushSync } from "react-dom";
import { Clock, Distance } from "@/components/instant";
import { JsonView } from "@/components/json-view";
import type { TaskScreenQuery } from "@/gql/operations";
import { attemptWords } from "@/components/qualifier";
import { spanInWords } from "@/lib/duration";
import { AttemptError, AttemptTimes } from "./attempt";
import { Events, retriedAt } from "./events";
import { Log } from "./log";
import type { LogLine } from "./log-lines";
import { Outcome } from "./outcome";
import { outcomeLook } from "./outcome-look";
import { Part } from "./part";
import { TimeLine } from "./time-line";

type Task = NonNullable<TaskScreenQuery["task"]>;

export interface Report {
  task: Task;
  /** The number of the attempt that is read, and what it wrote. */
  read: number;
  /** The number of a newer one, which has begun while that is read. */
  begun: number | null;
  /** The part of the screen that shows the attempt. */
  part: Ref<HTMLElement>;
  lines: readonly LogLine[];
  onChoose: (attempt: number) => void;
}

/** What is below the head of a task: its facts, what came of it, its attempts, and what was asked. */
export function TaskReport({ task, read, begun, part, lines, onChoose }: Report) {
  const retries = retriedAt(task.events);
  const place = task.attempts.findIndex(({ number }) => number === read);
  const attempt = task.attempts[place];
  // What comes while somebody looks on has the place that was kept for it, until they want all of it: it would move the log.
  const isOpen = task.status === "QUEUEING" || task.status === "RUNNING";
  const [isHeld, setHeld] = useState(isOpen);
  if (isOpen && !isHeld) setHeld(true);
  const [watched, setWatched] = useState<number | null>(null);
  if (attempt?.outcome === null && watched !== attempt.number) setWatched(attempt.number);
  const isWatched = attempt !== undefined && watched === attempt.number;
  const isToldAbove = isHeld && task.status === "FAILED" && task.error === attempt?.error;
  /** The button goes with that: who pressed it is led on to what it has opened, the first of these that is there. */
  const showAll = (opened: string) => {
    flushSync(() => {
      setHeld(false);
      setWatched(null);
    });
    document.querySelector<HTMLElement>(opened)?.focus();
  };
  return (
    <>
      <Facts task={task} />
      <Outcome
        task={task}
        isHeld={isHeld}
        onShow={() => showAll(".part :is([aria-label=Result], .error-text)")}
      />
      {!wasOverAtOnce(task) && (
        <Part title="Time line">
          <TimeLine
            task={task}
            retries={retries}
            chosen={read}
            onChoose={(number) => {
              setWatched(null);
              onChoose(number);
            }}
          />
        </Part>
      )}
      {attempt && begun !== null && (
        <div className="new-rows attempt-begun">
          <button type="button" className="button primary" onClick={() => onChoose(begun)}>
            Attempt {begun} has begun
          </button>
        </div>
      )}
      {attempt && (
        <Part
          ref={part}
          title={`Attempt ${attempt.number} on ${attempt.worker}: ${outcomeLook(attempt.outcome).words}`}
          aside={
            isWatched &&
            attempt.error !== null &&
            !isToldAbove && (
              <button type="button" className="button small" onClick={() => showAll(".attempt .error-text")}>
                Show error
              </button>
            )
          }
        >
          <div className="attempt">
            <AttemptTimes task={task} attempt={attempt} before={task.attempts[place - 1]} retries={retries} />
            {!isWatched && <AttemptError key={attempt.number} attempt={attempt} />}
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

/** It was rejected as it came: there is no time to draw. */
function wasOverAtOnce({ attempts, createdAt, finishedAt }: Task): boolean {
  return attempts.length === 0 && createdAt === finishedAt;
}

/** What was given: by position, by name, or both, as the API takes it. */
function argumentsOf({ args, kwargs }: Task) {
  const isEmpty = Array.isArray(args) && args.length === 0;
  return isEmpty ? kwargs : { args, kwargs };
}

function Facts({ task }: { task: Task }) {
  return (
    <dl className="facts">
      <Fact term="Task type">
        <code>{task.path}</code>
      </Fact>
      <Fact term="Queue">{task.queue}</Fact>
      <Fact term="Priority">{task.priority}</Fact>
      <Fact term="Attempt">{task.attempt > 0 ? attemptWords(task) : unstartedWords(task)}</Fact>
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
      <Fact term="Started">{task.startedAt ? <Clock at={task.startedAt} /> : "–"}</Fact>
      <Fact term="Ended">{task.finishedAt ? <Clock at={task.finishedAt} /> : "–"}</Fact>
    </dl>
  );
}

function unstartedWords({ maxAttempts, finishedAt }: Task): string {
  if (finishedAt !== null) return "none";
  return maxAttempts > 1 ? `none of ${maxAttempts} yet` : "none yet";
}

function Fact({ term, children }: { term: string; children: ReactNode }) {
  return (
    <div>
      <dt>{term}</dt>
      <dd>{children}</dd>
    </div>
  );
}
