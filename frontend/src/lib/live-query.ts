import { type Rows, changedRows } from "./changed-rows";
import { type Ask, type Operation, ask } from "./graphql";
import { type Json, printJson, sameJson } from "./json";
import { type Failure, failureOf, isPassing } from "./failure";

/** What a screen knows, and how fresh it is. */
export interface Live<Result, Variables> {
  data: Result | null;
  /** The variables that `data` answers; they lag behind a change of filter until the answer is there. */
  of: Variables | null;
  state: LiveState;
}

export type LiveState =
  | { name: "loading" }
  | { name: "live" }
  /** The reader wants nothing to change; null while nothing has, else in how many rows the newest answer differs. */
  | { name: "paused"; changed: number | null }
  /** The tab is hidden: nobody waits. */
  | { name: "resting" }
  /** The way to the server is broken; `data` is from `seenAt`, the next try is at `retryAt`. This browser's clock, ms. */
  | { name: "reconnecting"; failure: Failure; seenAt: number | null; retryAt: number }
  /** The server says no to this question. Asked again now and then, for rights and tasks come and go. */
  | { name: "refused"; failure: Failure };

interface Held<Result, Variables> {
  newest: { data: Result; of: Variables } | null;
  next: Variables | null;
}

interface Options<Result> {
  heard?: (serverTime: number) => void;
  askServer?: Ask;
  /** What the screen shows as rows. */
  rowsOf?: (data: Result) => Rows;
}

export const WAIT_SECONDS = 25;
/** The page repaints at most four times a second, however much happens. */
export const SHORTEST_TURN = 250;
/** Without an ETag the server cannot hold the answer back: then the page looks once a second. */
const TURN_WITHOUT_ETAG = 1_000;
const FIRST_BACK_OFF = 500;
const LONGEST_BACK_OFF = 10_000;

/** How long to wait before try number `failures + 1`, in milliseconds; `chance` in 0…1 spreads the tabs of a crowd. */
export function backOff(failures: number, chance: number): number {
  const full = Math.min(LONGEST_BACK_OFF, FIRST_BACK_OFF * 2 ** (failures - 1));
  return full / 2 + (full / 2) * chance;
}

/**
 * Follows one query for as long as somebody looks: asks, shows, and asks again with the answer's ETag, so that the
 * server answers when the result has changed. Holds at most one request, none while the tab is hidden.
 */
export class LiveQuery<Result, Variables> {
  private readonly operation: Operation<Result, Variables>;
  private readonly heard: (serverTime: number) => void;
  private readonly askServer: Ask;
  private readonly rowsOf: (data: Result) => Rows;
  private readonly listeners = new Set<() => void>();
  private variables: Variables | null = null;
  private asked: string | null = null;
  private snapshot: Live<Result, Variables> = { data: null, of: null, state: { name: "loading" } };
  private etag: string | null = null;
  /** What `asked` is about: other variables may ask about the same in another way. */
  private place: string | null = null;
  /** The place is a new one: its first answer is shown even while paused. */
  private fresh = true;
  /** While paused: what came and is not shown, and what to ask from then on. */
  private held: Held<Result, Variables> | null = null;
  private failures = 0;
  private seenAt: number | null = null;
  private turn: AbortController | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    operation: Operation<Result, Variables>,
    { heard = () => {}, askServer = ask, rowsOf = () => new Map() }: Options<Result> = {},
  ) {
    this.operation = operation;
    this.heard = heard;
    this.askServer = askServer;
    this.rowsOf = rowsOf;
  }

  readonly current = (): Live<Result, Variables> => this.snapshot;

  readonly subscribe = (listener: () => void): (() => void) => {
    if (this.listeners.size === 0) this.wake();
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
      if (this.listeners.size === 0) this.sleep();
    };
  };

  /**
   * Ask with these variables from now on; what is on screen stays until they are answered. While paused, other variables
   * for the same `place` wait until the pause ends.
   */
  follow(variables: Variables, place = printJson(variables as Json)): void {
    const asked = printJson(variables as Json);
    if (this.held && place === this.place) {
      this.held.next = variables;
      return;
    }
    if (asked === this.asked) return;
    if (place !== this.place) {
      this.fresh = true;
      if (this.held) this.held = { newest: null, next: null };
    }
    this.place = place;
    this.asked = asked;
    this.variables = variables;
    this.etag = null;
    this.failures = 0;
    if (this.listeners.size > 0) this.askSoon(0);
  }

  /** Change nothing on screen from now on but what the reader asks for; count in what it differs from what comes. */
  pause(): void {
    if (this.held) return;
    this.held = { newest: null, next: null };
    if (this.snapshot.state.name === "live") this.show({ state: this.settled() });
  }

  /** Show what came meanwhile, and follow it again. */
  resume(): void {
    if (!this.held) return;
    const { newest, next } = this.held;
    this.held = null;
    const isPaused = this.snapshot.state.name === "paused";
    this.show({ ...newest, ...(isPaused && { state: this.settled() }) });
    if (next !== null) this.follow(next, this.place ?? undefined);
  }

  /** Try at once instead of waiting for the back-off. */
  readonly retry = (): void => this.askSoon(0);

  private wake(): void {
    document.addEventListener("visibilitychange", this.look);
    addEventListener("online", this.retry);
    this.askSoon(0);
  }

  private sleep(): void {
    document.removeEventListener("visibilitychange", this.look);
    removeEventListener("online", this.retry);
    this.drop();
  }

  private readonly look = (): void => {
    if (document.hidden) {
      this.drop();
      if (["live", "paused"].includes(this.snapshot.state.name)) this.show({ state: { name: "resting" } });
    } else {
      this.askSoon(0);
    }
  };

  private drop(): void {
    clearTimeout(this.timer);
    this.turn?.abort();
    this.turn = null;
  }

  private askSoon(milliseconds: number): void {
    this.drop();
    if (this.variables === null || document.hidden) return;
    const variables = this.variables;
    this.timer = setTimeout(() => void this.ask(variables), milliseconds);
  }

  private async ask(variables: Variables): Promise<void> {
    const turn = new AbortController();
    this.turn = turn;
    const begun = Date.now();
    // After a failure the first question is a short one: the answer itself says that the server is back.
    const waitSeconds = this.failures > 0 ? 0 : WAIT_SECONDS;
    const isHeldBack = this.etag !== null && waitSeconds > 0;
    try {
      const answer = await this.askServer(this.operation, variables, {
        etag: this.etag,
        waitSeconds,
        signal: turn.signal,
      });
      if (turn.signal.aborted) return;
      this.failures = 0;
      this.seenAt = Date.now();
      // One that was held back bears the time at which its wait began.
      if (answer?.serverTime && !isHeldBack) this.heard(answer.serverTime);
      if (answer) {
        this.etag = answer.etag;
        this.take({ data: answer.data, of: variables });
      } else if (this.snapshot.state.name !== this.settled().name) {
        this.show({ state: this.settled() });
      }
      const turnTime = this.etag ? SHORTEST_TURN : TURN_WITHOUT_ETAG;
      this.askSoon(Math.max(0, turnTime - (Date.now() - begun)));
    } catch (error) {
      if (turn.signal.aborted) return;
      this.fail(failureOf(error));
    }
  }

  private take(answer: { data: Result; of: Variables }): void {
    if (this.held && !this.fresh) {
      this.held.newest = answer;
      this.show({ state: this.settled() });
    } else {
      this.fresh = false;
      this.show({ ...answer, state: this.settled() });
    }
  }

  private settled(): LiveState {
    return this.held ? { name: "paused", changed: this.changed(this.held.newest?.data) } : { name: "live" };
  }

  /** What came and went again has not changed. */
  private changed(newest: Result | undefined): number | null {
    const shown = this.snapshot.data;
    if (newest === undefined || sameJson(newest as Json, shown as Json)) return null;
    return shown === null ? 0 : changedRows(this.rowsOf(shown), this.rowsOf(newest));
  }

  private fail(failure: Failure): void {
    this.failures += 1;
    const pause = isPassing(failure) ? backOff(this.failures, Math.random()) : LONGEST_BACK_OFF;
    this.show({
      state: isPassing(failure)
        ? { name: "reconnecting", failure, seenAt: this.seenAt, retryAt: Date.now() + pause }
        : { name: "refused", failure },
    });
    this.askSoon(pause);
  }

  private show(change: Partial<Live<Result, Variables>>): void {
    this.snapshot = { ...this.snapshot, ...change };
    for (const listener of this.listeners) listener();
  }
}
