import type { ReactNode } from "react";
import { CopyButton } from "@/components/copy-button";
import { callText } from "@/components/call";
import { Clock, Distance } from "@/components/instant";
import { JsonView } from "@/components/json-view";
import { Link } from "@/components/link";
import { FailureProblem, Problem } from "@/components/problem";
import { Qualifier } from "@/components/qualifier";
import { Skeleton } from "@/components/skeleton";
import { Ran, Waited } from "@/components/spans";
import { StatusChip } from "@/components/status-chip";
import { TaskScreen as TaskQuestion, type TaskScreenQuery } from "@/gql/operations";
import { useLive } from "@/lib/use-live";
import { Attempts } from "./attempts";

type Task = NonNullable<TaskScreenQuery["task"]>;

/** One task: what was asked, how it went, what came of it. */
export function TaskScreen({ id }: { id: string }) {
  const { data, state, retry } = useLive(TaskQuestion, { id });
  if (data?.task) {
    const workersReady = data.workers.some((worker) => worker.state !== "LOST");
    return <TaskReport task={data.task} workersReady={workersReady} />;
  }
  const isUnknown = data ? data.task === null : state.name === "refused" && isNotFound(state.failure);
  return (
    <>
      <h1 tabIndex={-1}>Task</h1>
      {isUnknown ? (
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

function TaskReport({ task, workersReady }: { task: Task; workersReady: boolean }) {
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
            <Qualifier task={task} workersReady={workersReady} />
          </span>
        </p>
        <p className="task-id">
          <code>{task.id}</code> <CopyButton text={() => task.id} what="id" />
        </p>
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
      <Part title="Arguments">
        <JsonView value={argumentsOf(task)} label="Arguments" />
      </Part>
      <Part title="Attempts">
        <Attempts attempts={task.attempts} shownError={task.error} />
      </Part>
    </article>
  );
}

/** What was given: by position, by name, or both, as the API takes it. */
function argumentsOf({ args, kwargs }: Task) {
  const isEmpty = Array.isArray(args) && args.length === 0;
  return isEmpty ? kwargs : { args, kwargs };
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="part">
      <h2>{title}</h2>
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
      <Fact term="Worker">{task.worker?.topic ?? "–"}</Fact>
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
