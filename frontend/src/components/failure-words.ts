import type { Failure } from "@/lib/failure";

/** Why a change was not made, or may not have been, and what to do next. */
export function changeFailureWords(failure: Failure): { text: string; next: string } {
  switch (failure.kind) {
    case "unreachable":
      return {
        text: "The server did not answer.",
        next: "It is not known whether the change was made; the page shows it once the server is back.",
      };
    case "broken":
      return {
        text: `The server answered ${failure.status}, not data.`,
        next: "It is not known whether the change was made; the log of the backend says more.",
      };
    case "refused":
      return { text: `The server refused it (${failure.code}).`, next: failure.message };
  }
}
