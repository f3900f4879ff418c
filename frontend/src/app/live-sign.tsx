import { type ReactNode, useCallback, useEffect, useRef } from "react";
import { IconPause, IconPlayer } from "@/components/icons";
import { announce } from "@/lib/announcements";
import { timeInWords } from "@/lib/duration";
import { useLocalNow } from "@/lib/clock";
import type { LiveState } from "@/lib/live-query";
import { useLiveState } from "@/lib/live-state";
import { setPaused, usePaused } from "@/lib/pause";
import { useKey } from "@/lib/use-key";

/**
 * How fresh the screen is, in words; while reconnecting, since when it is not and when the next try is. What it says has its
 * place in the bar whatever that is: the rows below never move for it. Where the bar is too narrow the rest hangs below it.
 */
export function LiveSign() {
  const { state, retry } = useLiveState();
  useHeard(state);
  return (
    <div className="live" data-state={state.name}>
      <span className="live-word">{words(state)}</span>
      {state.name === "paused" && <LiveMore words={changeWords(state.changed)} />}
      {state.name === "reconnecting" && (
        <LiveMore words={sinceWords(state.seenAt)}>
          <Countdown until={state.retryAt} />
          <button type="button" className="button small" onClick={retry}>
            Try now
          </button>
        </LiveMore>
      )}
      <PauseSwitch />
    </div>
  );
}

function LiveMore({ words, children }: { words: string | null; children?: ReactNode }) {
  return (
    <span className="live-more">
      {words !== null && (
        <span className="live-since" title={words}>
          <span className="live-comma">, </span>
          {words}
        </span>
      )}
      {children}
    </span>
  );
}

/** Not part of what is announced: it may change four times a second. */
function changeWords(rows: number | null): string {
  if (rows === null) return "nothing has changed";
  if (rows === 0) return "something has changed";
  return `${rows.toLocaleString("en")} ${rows === 1 ? "row has" : "rows have"} changed`;
}

function sinceWords(seenAt: number | null): string | null {
  return seenAt === null ? null : `showing ${timeInWords(seenAt, Date.now())}`;
}

/** Live is what is expected: it is told only after something else, and not that each screen loads before it is. */
function useHeard(state: LiveState): void {
  const now = state.name === "loading" ? null : words(state);
  const told = useRef("Live");
  useEffect(() => {
    if (now === null || now === told.current) return;
    told.current = now;
    announce(now, "live sign");
  }, [now]);
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
    case "reconnecting":
      return state.seenAt === null ? "Connecting" : "Reconnecting";
  }
}

/** Counts for the eye only: a screen reader would be told each second. `until` is this browser's clock. */
function Countdown({ until }: { until: number }) {
  const seconds = Math.max(0, Math.ceil((until - useLocalNow()) / 1000));
  return <span aria-hidden="true">{seconds > 0 ? `next try in ${seconds} s` : "trying"}</span>;
}
