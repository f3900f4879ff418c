import { useEffect, useState, useSyncExternalStore } from "react";
import type { Operation } from "./graphql";
import { usePaused } from "./pause";
import { TimedQuery } from "./timed-query";

/**
 * The answer to a question that time alone changes; null until it is there, and nothing is asked without variables.
 * `changed` is what the screen's live query has told: another one of it lets the answer be renewed. `saved`: see TimedQuery.
 */
export function useTimed<Result, Variables>(
  operation: Operation<Result, Variables>,
  variables: Variables | null,
  changed: unknown,
  saved = 0,
): Result | null {
  const [query] = useState(() => new TimedQuery(operation, saved));
  const paused = usePaused();
  useEffect(() => query.hold(paused), [query, paused]);
  useEffect(() => query.follow(variables));
  useEffect(() => query.touch(), [query, changed]);
  return useSyncExternalStore(query.subscribe, query.current);
}
