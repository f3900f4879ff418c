import { useState } from "react";
import { changeFailureWords } from "@/components/failure-words";
import { ResumeQueue } from "@/gql/operations";
import { failureOf } from "@/lib/failure";
import { mutate } from "@/lib/graphql";
import { say } from "@/lib/notices";

/** Lets the tasks of a paused queue go on. */
export function ResumeButton({ queue }: { queue: string }) {
  const [doing, setDoing] = useState(false);
  const resume = async () => {
    if (doing) return;
    setDoing(true);
    try {
      await mutate(ResumeQueue, { name: queue });
      say({ kind: "done", text: `Resumed ${queue}.` });
    } catch (error) {
      say({ kind: "failed", ...changeFailureWords(failureOf(error)) });
    } finally {
      setDoing(false);
    }
  };
  return (
    <button
      type="button"
      className="button small"
      aria-label={`Resume ${queue}`}
      aria-disabled={doing}
      onClick={() => void resume()}
    >
      Resume
    </button>
  );
}
