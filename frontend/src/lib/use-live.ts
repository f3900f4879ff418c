import { useEffect, useState, useSyncExternalStore } from "react";
import { noteServerTime } from "./clock";
import type { Rows } from "./changed-rows";
import type { Operation } from "./graphql";
import { type Json, printJson } from "./json";
import { type Live, LiveQuery } from "./live-query";
import { publishLiveState } from "./live-state";
import { usePaused } from "./pause";
import { askOf } from "./shared-waiting";

const noRows = () => new Map<string, unknown>();

/** How every screen of this tab asks. */
const askServer = askOf(window);

/**
 * A screen's one live query. `stale`: what it shows answers older variables, the new answer is on its way. `place`: what
 * the variables are about, where several are about the same; while the reader has paused, only another place is asked for.
 * `rowsOf`: what the screen shows as rows, to say in how many something has changed meanwhile; always the same function.
 */
export function useLive<Result, Variables>(
  operation: Operation<Result, Variables>,
  variables: Variables,
  { place, rowsOf = noRows }: { place?: string; rowsOf?: (data: Result) => Rows } = {},
): Live<Result, Variables> & { stale: boolean; retry: () => void } {
  const [query] = useState(() => new LiveQuery(operation, { heard: noteServerTime, askServer, rowsOf }));
  const paused = usePaused();
  useEffect(() => (paused ? query.pause() : query.resume()), [query, paused]);
  useEffect(() => query.follow(variables, place));
  const live = useSyncExternalStore(query.subscribe, query.current);
  useEffect(() => publishLiveState(live.state, query.retry), [live.state, query]);
  return { ...live, stale: printJson(live.of as Json) !== printJson(variables as Json), retry: query.retry };
}
