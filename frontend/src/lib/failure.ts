/** Why a request has no data to show. */
export type Failure =
  /** Nobody answered: the server is away, or the network is. */
  | { kind: "unreachable" }
  /** Somebody answered, but not as GraphQL does: a server that is starting, a proxy. */
  | { kind: "broken"; status: number }
  /** The server understood and said no. `code` is one of the contract's error codes. */
  | { kind: "refused"; code: string; message: string; argument: Argument | null };

/** The argument that was refused, the place inside it (`[1].x`), and why, in words that follow its name. */
export interface Argument {
  parameter: string;
  at: string;
  why: string;
}

export class RequestFailed extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.kind === "refused" ? failure.message : failure.kind);
    this.name = "RequestFailed";
    this.failure = failure;
  }
}

export function failureOf(error: unknown): Failure {
  return error instanceof RequestFailed ? error.failure : { kind: "unreachable" };
}

/** Worth asking again by itself: what failed was the way to the server, not the question. */
export function isPassing(failure: Failure): boolean {
  return failure.kind !== "refused" || failure.code === "UNAVAILABLE";
}
