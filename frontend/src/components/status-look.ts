import type { FailureReason, TaskStatus, WorkerState } from "@/gql/operations";
import { IconCheck, IconCross, IconHourglass, IconPlayer } from "./icons";

interface Look {
  label: string;
  icon: () => React.JSX.Element;
  /** The name of a colour in look.css; the four are used for nothing else. */
  tone: "quiet" | "live" | "bad" | "good";
}

export const statusLook = {
  QUEUEING: { label: "QUEUEING", icon: IconHourglass, tone: "quiet" },
  RUNNING: { label: "RUNNING", icon: IconPlayer, tone: "live" },
  FAILED: { label: "FAILED", icon: IconCross, tone: "bad" },
  FINISHED: { label: "FINISHED", icon: IconCheck, tone: "good" },
} satisfies Record<TaskStatus, Look>;

export const statuses = Object.keys(statusLook) as TaskStatus[];

/** Said of a FAILED task beside its status. */
export const reasonWords = {
  // The error itself stands beside it.
  ERROR: "",
  TIMEOUT: "timed out",
  LOST: "lost",
  CANCELLED: "cancelled",
  EXPIRED: "expired",
  REJECTED: "rejected",
} satisfies Record<FailureReason, string>;

export const reasons = Object.keys(reasonWords) as FailureReason[];

export const workerStateWords = {
  STARTING: "starting",
  READY: "ready",
  DRAINING: "draining",
  LOST: "lost",
} satisfies Record<WorkerState, string>;
