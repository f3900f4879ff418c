import { statusLook } from "@/components/status-look";
import type { AttemptOutcome } from "@/gql/operations";

export const outcomeWords = {
  SUCCEEDED: "succeeded",
  FAILED: "failed",
  TIMED_OUT: "timed out",
  LOST: "lost with its worker",
  CANCELLED: "cancelled",
} satisfies Record<AttemptOutcome, string>;

/** How an attempt went in words, with the icon and the tone of the status that a task takes from it. */
export function outcomeLook(outcome: AttemptOutcome | null) {
  if (outcome === null) return { ...statusLook.RUNNING, words: "running" };
  return { ...statusLook[outcome === "SUCCEEDED" ? "FINISHED" : "FAILED"], words: outcomeWords[outcome] };
}
