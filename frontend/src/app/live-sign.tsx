import { useCallback } from "react";
import { IconPause, IconPlayer } from "@/components/icons";
import { timeInWords } from "@/lib/duration";
import { useLocalNow } from "@/lib/clock";
import type { LiveState } from "@/lib/live-query";
import { useLiveState } from "@/lib/live-state";
import { setPaused, usePaused } from "@/lib/pause";
import { useKey } from "@/lib/use-key";

/** How fresh the screen is, in words; while reconnecting, since when it is not and when the next try is. */
export function LiveSign() {
  const { state, retry } = useLiveState();
  return (
    <div className="live" data-state={state.name}>
      <span>
        <span role="status">{words(state)}</span>
        {state.name === "paused" && changeWords(state.changed)}
      </span>
      {state.name === "reconnecting" && (
        <>
          <Countdown until={state.retryAt} />
          <button type="button" className="button small" onClick={retry}>
            Try now
          </button>
        </>
      )}
      <PauseSwitch />
    </div>
  );
}

/** Not part of what is announced: it may change four times a second. */
function changeWords(rows: number | null): string {
  if (rows === null) return ", nothing has changed";
  if (rows === 0) return ", something has changed";
  return `, ${rows.toLocaleString("en")} ${rows === 1 ? "row has" : "rows have"} changed`;
}

function PauseSwitch() {
  const paused = usePaused();
  const toggle = useCallback(() => setPaused(!paused), [paused]);
  useKey("pause", toggle);
  return (
    <button
      type="button"
      className="button small live-switch"
      aria-keyshortcuts="P"
      title={paused ? "Show what has changed, and follow it (P)" : "Let nothing change on screen (P)"}
      onClick={toggle}
    >
      {paused ? <IconPlayer /> : <IconPause />}
      <span className="live-switch-word">{paused ? "Resume" : "Pause"}</span>
    </button>
  );
}

function words(state: LiveState): string {
  switch (state.name) {
    case "loading":
      return "Loading";
    case "live":
      return "Live";
    case "paused":
      return "Paused";
    case "resting":
      return "Resting";
    case "refused":
      return state.failure.kind === "refused" && state.failure.code === "NOT_FOUND" ? "Not found" : "Refused";
    case "reconnecting": {
      const { seenAt } = state;
      return seenAt === null ? "Connecting" : `Reconnecting, showing ${timeInWords(seenAt, Date.now())}`;
    }
  }
}

/** Counts for the eye only: a screen reader would be told each second. `until` is this browser's clock. */
function Countdown({ until }: { until: number }) {
  const seconds = Math.max(0, Math.ceil((until - useLocalNow()) / 1000));
  return <span aria-hidden="true">{seconds > 0 ? `next try in ${seconds} s` : "trying"}</span>;
}
