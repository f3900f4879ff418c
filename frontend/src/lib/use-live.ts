import { useEffect, useState, useSyncExternalStore } from "react";
import { noteServerTime } from "./clock";
import type { Operation } from "./graphql";
import { type Json, printJson } from "./json";
import { type Live, LiveQuery } from "./live-query";
import { publishLiveState } from "./live-state";

/** A screen's one live query. `stale`: what it shows answers older variables, the new answer is on its way. */
export function useLive<Result, Variables>(
  operation: Operation<Result, Variables>,
  variables: Variables,
): Live<Result, Variables> & { stale: boolean; retry: () => void } {
  const [query] = useState(() => new LiveQuery(operation, noteServerTime));
  useEffect(() => query.follow(variables));
  const live = useSyncExternalStore(query.subscribe, query.current);
  useEffect(() => publishLiveState(live.state, query.retry), [live.state, query]);
  return { ...live, stale: printJson(live.of as Json) !== printJson(variables as Json), retry: query.retry };
}
