import { useMemo } from "react";
import { DownloadButton } from "@/components/download-button";
import { JsonView } from "@/components/json-view";
import type { TaskScreenQuery } from "@/gql/operations";
import { printJson } from "@/lib/json";
import { Part } from "./part";

type Task = NonNullable<TaskScreenQuery["task"]>;

/** Characters of what came that are kept for its one line: more than any screen shows of it. */
const LONGEST_LINE = 400;

interface Came {
  task: Task;
  /** Only so much of it is shown as the place has that was kept for it. */
  isHeld: boolean;
  onShow: () => void;
}

/** What came of the task, in a place that is there before anything has come. */
export function Outcome({ task, isHeld, onShow }: Came) {
  const { status, error } = task;
  // A large one is not printed anew with each answer of the server.
  const line = useMemo(
    () => (isHeld ? printJson(task.result ?? null).slice(0, LONGEST_LINE) : ""),
    [isHeld, task.result],
  );
  if (status === "FINISHED") {
    const result = task.result ?? null;
    return (
      <Part
        title="Result"
        aside={
          <div className="outcome-actions">
            {isHeld && <ShowAll onClick={onShow} />}
            <DownloadButton
              text={() => `${printJson(result, 2)}\n`}
              name={`${task.id}-result.json`}
              what="result"
            />
          </div>
        }
      >
        {isHeld ? <FirstLine text={line} label="Result" /> : <JsonView value={result} label="Result" />}
      </Part>
    );
  }
  if (status === "FAILED") {
    if (error === null) return null;
    // The attempt tells of its own error.
    if (!isHeld && error === task.attempts.at(-1)?.error) return null;
    return (
      <Part title="Error" aside={isHeld && <ShowAll onClick={onShow} />}>
        {isHeld ? (
          <FirstLine text={error} label="Error" />
        ) : (
          <pre className="error-text" tabIndex={0} role="region" aria-label="Error">
            {error}
          </pre>
        )}
      </Part>
    );
  }
  return (
    <Part title="Result">
      <p className="outcome-line quiet">None yet.</p>
    </Part>
  );
}

function FirstLine({ text, label }: { text: string; label: string }) {
  const [line = ""] = text.slice(0, LONGEST_LINE).split("\n", 1);
  return (
    <p className="outcome-line" role="region" aria-label={label}>
      <code>{line}</code>
    </p>
  );
}

function ShowAll({ onClick }: { onClick: () => void }) {
  return (
    <button type="button" className="button small" onClick={onClick}>
      Show all
    </button>
  );
}
