import type { Reply } from "./graphql";

/** What the tabs of one browser say to each other about waiting. */
export type WaitMessage =
  /** A tab waits for another answer than the one that `etag` names. */
  | { kind: "ask"; id: string; address: string; etag: string }
  /** It waits no longer. */
  | { kind: "leave"; id: string }
  /** I hold the requests of all; said when it begins, and each second. */
  | { kind: "holding"; holder: string }
  /** To those who asked so; without a reply nobody answered. */
  | { kind: "answer"; ids: string[]; reply: Reply | null };

export type WaitQuestion = Extract<WaitMessage, { kind: "ask" }>;
export type WaitAnswer = Extract<WaitMessage, { kind: "answer" }>;
