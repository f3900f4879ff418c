import { type Operation, ask } from "./graphql";
import { type Json, printJson } from "./json";

const MINUTE = 60_000;
/** However much happens, no more often as a rule, in milliseconds. */
const TURN = 10_000;
/** Nor sooner after the last time, even where turns have been saved. */
const SHORTEST_TURN = 1_000;
/** A new minute begins for every tab at once: they spread over so many milliseconds. */
const SPREAD = 2_000;

/**
 * Asks again and again a question whose answer changes with time alone, so that no request can wait for it: at once, then
 * when something has changed, but at most every 10 s, and in each new minute. Nothing while the tab is hidden or held.
 * `saved` turns may be taken early, a second after the last: what happens after a rest is seen while it happens.
 * What a failed try does not bring the next one does; until then the last answer stands.
 */
export class TimedQuery<Result, Variables> {
  private readonly operation: Operation<Result, Variables>;
  private readonly saved: number;
  private readonly chance: () => number;
  private readonly listeners = new Set<() => void>();
  private variables: Variables | null = null;
  private asked: string | null = null;
  private answer: Result | null = null;
  private held = false;
  /** Something has changed since it was asked last. */
  private stale = false;
  /** When it was asked the last times, the newest last: as many as turns may be saved, and one. */
  private begun: number[] = [];
  private turn: AbortController | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(operation: Operation<Result, Variables>, saved = 0, chance: () => number = Math.random) {
    this.operation = operation;
    this.saved = saved;
    this.chance = chance;
  }

  readonly current = (): Result | null => this.answer;

  readonly subscribe = (listener: () => void): (() => void) => {
    if (this.listeners.size === 0) document.addEventListener("visibilitychange", this.plan);
    this.listeners.add(listener);
    this.plan();
    return () => {
      this.listeners.delete(listener);
      if (this.listeners.size > 0) return;
      document.removeEventListener("visibilitychange", this.plan);
      this.drop();
    };
  };

  /** Ask with these from now on; without any, nothing. The answer to others stands until theirs is there. */
  follow(variables: Variables | null): void {
    const asked = variables === null ? null : printJson(variables as Json);
    if (asked === this.asked) return;
    this.asked = asked;
    this.variables = variables;
    this.begun = [];
    this.drop();
    this.plan();
  }

  /** Whether the reader wants nothing on screen to change. */
  hold(held: boolean): void {
    this.held = held;
    this.plan();
  }

  /** Something has changed that the answer may tell of. */
  touch(): void {
    this.stale = true;
    this.plan();
  }

  private drop(): void {
    clearTimeout(this.timer);
    this.turn?.abort();
    this.turn = null;
  }

  private readonly plan = (): void => {
    clearTimeout(this.timer);
    if (this.variables === null || this.listeners.size === 0 || this.turn) return;
    if (this.held || document.hidden) return;
    const variables = this.variables;
    this.timer = setTimeout(() => void this.ask(variables), Math.max(0, this.dueAt() - Date.now()));
  };

  private dueAt(): number {
    const last = this.begun.at(-1);
    if (last === undefined) return -Infinity;
    const minute = (Math.floor(last / MINUTE) + 1) * MINUTE + this.chance() * SPREAD;
    if (!this.stale) return minute;
    const [first = -Infinity] = this.begun.length > this.saved ? this.begun : [];
    return Math.min(minute, Math.max(last + SHORTEST_TURN, first + TURN * (this.saved + 1)));
  }

  private async ask(variables: Variables): Promise<void> {
    const turn = new AbortController();
    this.turn = turn;
    this.stale = false;
    this.begun = [...this.begun, Date.now()].slice(-(this.saved + 1));
    try {
      const answer = await ask(this.operation, variables, { signal: turn.signal });
      if (turn.signal.aborted) return;
      if (answer) this.show(answer.data);
    } catch {
      // The live query says that the server is away, and touches this one when it is back.
      if (turn.signal.aborted) return;
    }
    this.turn = null;
    this.plan();
  }

  private show(answer: Result): void {
    this.answer = answer;
    for (const listener of this.listeners) listener();
  }
}
