import { useRef, useState } from "react";
import { CopyButton } from "@/components/copy-button";
import { callText } from "@/components/call";
import { Distance } from "@/components/instant";
import { Link } from "@/components/link";
import { FailureProblem, Problem } from "@/components/problem";
import { ProgressLine } from "@/components/progress-line";
import { Qualifier, qualifierWords } from "@/components/qualifier";
import { Sentence } from "@/components/sentence";
import { Skeleton } from "@/components/skeleton";
import { StatusChip } from "@/components/status-chip";
import { TaskScreen as TaskQuestion, type TaskScreenQuery } from "@/gql/operations";
import { useAnnouncement } from "@/lib/announcements";
import { go, useAddress, withSearch } from "@/lib/address";
import { useLive } from "@/lib/use-live";
import { Actions } from "./actions";
import { type Logs, askedAfter, gathered } from "./log-lines";
import { TaskReport } from "./task-report";
import { useNewestAttempt } from "./use-attempt";

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
  const isChosen = attempts.some(({ number }) => number === asked);
  // Without a choice in the address the newest attempt is read, also when there comes a newer one, unless somebody reads in it.
  const part = useRef<HTMLElement>(null);
  const { shown, goOn } = useNewestAttempt(newest, part, isChosen);
  const read = isChosen ? asked : shown;
  const choose = (number: number) => {
    goOn();
    go(withSearch(address, { attempt: number === newest ? null : String(number) }), { replace: true });
  };
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
        <TaskReport
          task={task}
          read={read}
          begun={!isChosen && shown !== newest ? newest : null}
          part={part}
          lines={logs.get(read) ?? []}
          onChoose={choose}
        />
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
  // Its progress comes and goes; what is below stays where it is for as long as somebody looks.
  const [hasRun, setRun] = useState(false);
  useAnnouncement([task.status, qualifierWords(task)].filter(Boolean).join(", "));
  if (task.status === "RUNNING" && !hasRun) setRun(true);
  return (
    <>
      <p className="task-state">
        <StatusChip status={task.status} />{" "}
        <span className="qualifier">
          <Qualifier task={task} />
        </span>
      </p>
      <Waiting task={task} />
      {hasRun && (
        <div className="task-progress">
          {task.status === "RUNNING" && task.progress && (
            <ProgressLine progress={task.progress} label="Progress" />
          )}
        </div>
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
