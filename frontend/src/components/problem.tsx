import type { ReactNode } from "react";
import type { Failure } from "@/lib/failure";
import { IconWarning } from "./icons";

/** What went wrong and what to do next, never an empty red box. */
export function Problem({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className="problem" role="alert">
      <IconWarning />
      <div>
        <strong>{title}</strong>
        <div className="problem-next">{children}</div>
      </div>
    </div>
  );
}

/** A failed request in words, with the next step. */
export function FailureProblem({ failure, retry }: { failure: Failure; retry?: () => void }) {
  const again = retry && (
    <button type="button" className="button small" onClick={retry}>
      Try now
    </button>
  );
  switch (failure.kind) {
    case "unreachable":
      return (
        <Problem title="The server does not answer.">
          The page tries again by itself. If Zonda was stopped, start it with <code>./RUN.sh</code>. {again}
        </Problem>
      );
    case "broken":
      return (
        <Problem title={`The server answered ${failure.status}, not data.`}>
          It may be starting. The page tries again by itself; the log of the backend says more. {again}
        </Problem>
      );
    case "refused":
      return (
        <Problem title={refusalTitle(failure.code)}>
          {failure.message} {refusalNextStep(failure.code)} {again}
        </Problem>
      );
  }
}

function refusalTitle(code: string): string {
  switch (code) {
    case "FORBIDDEN":
      return "The server does not serve this page here.";
    case "UNAUTHENTICATED":
      return "You are not logged in.";
    case "BAD_INPUT":
      return "The server does not understand this address.";
    default:
      return `The server refused this (${code}).`;
  }
}

function refusalNextStep(code: string): string {
  switch (code) {
    case "FORBIDDEN":
      return "Open it by a name that ZONDA_ALLOWED_HOSTS lists; by default those are the loopback names.";
    case "BAD_INPUT":
      return "Check the link, or go back to the list of tasks.";
    default:
      return "";
  }
}
