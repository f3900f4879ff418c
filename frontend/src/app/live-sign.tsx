import { timeInWords } from "@/lib/duration";
import { useLocalNow } from "@/lib/clock";
import type { LiveState } from "@/lib/live-query";
import { useLiveState } from "@/lib/live-state";

/** How fresh the screen is, in words; while reconnecting, since when it is not and when the next try is. */
export function LiveSign() {
  const { state, retry } = useLiveState();
  return (
    <div className="live" data-state={state.name}>
      <span role="status">{words(state)}</span>
      {state.name === "reconnecting" && (
        <>
          <Countdown until={state.retryAt} />
          <button type="button" className="button small" onClick={retry}>
            Retry now
          </button>
        </>
      )}
    </div>
  );
}

function words(state: LiveState): string {
  switch (state.name) {
    case "loading":
      return "Loading";
    case "live":
      return "Live";
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
