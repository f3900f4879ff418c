import { useCallback, useEffect, useState } from "react";
import { type Failure, failureOf } from "./failure";
import { type Operation, ask } from "./graphql";

interface Asked<Result> {
  data: Result | null;
  failure: Failure | null;
}

/** The answer to a query that is asked once, with a way to ask again after a failure. Without variables nothing is asked. */
export function useAsked<Result, Variables>(
  operation: Operation<Result, Variables>,
  variables: Variables | null,
): Asked<Result> & { retry: () => void } {
  const [asked, setAsked] = useState<Asked<Result>>({ data: null, failure: null });
  const [tries, setTries] = useState(0);
  const retry = useCallback(() => setTries((before) => before + 1), []);
  useEffect(() => {
    if (variables === null) return;
    const leaving = new AbortController();
    ask(operation, variables, { signal: leaving.signal }).then(
      (answer) => !leaving.signal.aborted && setAsked({ data: answer?.data ?? null, failure: null }),
      (error: unknown) => !leaving.signal.aborted && setAsked({ data: null, failure: failureOf(error) }),
    );
    return () => leaving.abort();
    // The variables of a question that is asked once do not change.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [operation, tries]);
  return { ...asked, retry };
}
