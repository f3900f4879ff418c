import type { Reply, fetchReply } from "./graphql";
import { SHORTEST_TURN, WAIT_SECONDS } from "./live-query";
import type { WaitAnswer, WaitQuestion } from "./wait-message";

/** Waiting requests of one browser at a time. It opens six connections to a host: the others stay free for clicks. */
export const MOST_WAITING = 4;
/** Where more is asked than may wait, each question waits so long and then makes room for the next. */
const SHARED_WAIT_SECONDS = 1;
/** Who has been answered asks again within a turn; a question that is not asked again so long is over, in milliseconds. */
const OVER_AFTER = 4 * SHORTEST_TURN;

interface Question {
  address: string;
  /** Who asks, and the ETag that it knows. */
  asked: Map<string, string>;
  request: Request | null;
  begunAt: number;
  endedAt: number;
}

interface Request {
  /** Null: those who ask know different answers, so that nothing is held back. */
  etag: string | null;
  waitSeconds: number;
  by: Set<string>;
  end: AbortController;
}

/** Waits for everybody: each question once, however many tabs ask it, and never more than MOST_WAITING at once. */
export class WaitHolder {
  private readonly fetchReply: typeof fetchReply;
  private readonly tell: (answer: WaitAnswer) => void;
  private readonly questions = new Map<string, Question>();
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(fetcher: typeof fetchReply, tell: (answer: WaitAnswer) => void) {
    this.fetchReply = fetcher;
    this.tell = tell;
  }

  /** Asking again in the same words changes nothing. */
  take({ id, address, etag }: WaitQuestion): void {
    const question = this.questions.get(address) ?? {
      address,
      asked: new Map<string, string>(),
      request: null,
      begunAt: -Infinity,
      endedAt: Date.now(),
    };
    this.questions.set(address, question);
    question.asked.set(id, etag);
    const { request } = question;
    if (request?.etag === etag) request.by.add(id);
    // Another answer is known by now, so the server is asked anew; what comes of an older request might be older.
    else if (request?.etag) this.drop(question);
    this.go();
  }

  leave(id: string): void {
    for (const question of this.questions.values())
      if (question.asked.delete(id) && question.asked.size === 0) this.drop(question);
    this.go();
  }

  close(): void {
    clearTimeout(this.timer);
    for (const question of this.questions.values()) this.drop(question);
    this.questions.clear();
  }

  /** Begin what may begin: who has waited longest for its turn first. */
  private go(): void {
    clearTimeout(this.timer);
    const now = Date.now();
    for (const { address, asked, endedAt } of this.questions.values())
      if (asked.size === 0 && endedAt + OVER_AFTER < now) this.questions.delete(address);
    const idle = [...this.questions.values()]
      .filter(({ asked, request }) => asked.size > 0 && !request)
      .sort((one, other) => one.begunAt - other.begunAt);
    for (const question of idle) {
      const rest = question.begunAt + SHORTEST_TURN - now;
      if (rest > 0) {
        this.goLater(rest);
        return;
      }
      if (!this.makeRoom()) return;
      void this.begin(question);
    }
  }

  private goLater(milliseconds: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.go(), milliseconds);
  }

  /** Whether one more may wait now. A request that began when there was room for its whole wait gives way. */
  private makeRoom(): boolean {
    const waiting = [...this.questions.values()].filter(({ request }) => request);
    if (waiting.length < MOST_WAITING) return true;
    const longest = waiting
      .filter(({ request }) => request?.waitSeconds === WAIT_SECONDS)
      .sort((one, other) => one.begunAt - other.begunAt)[0];
    if (!longest) return false;
    this.drop(longest);
    longest.begunAt = Date.now();
    this.goLater(SHORTEST_TURN);
    return true;
  }

  private async begin(question: Question): Promise<void> {
    const known = new Set(question.asked.values());
    const [etag = null] = known.size === 1 ? known : [];
    const waitSeconds = this.questions.size > MOST_WAITING ? SHARED_WAIT_SECONDS : WAIT_SECONDS;
    const request: Request = {
      etag,
      waitSeconds,
      by: new Set(question.asked.keys()),
      end: new AbortController(),
    };
    question.request = request;
    question.begunAt = Date.now();
    const reply = await this.fetchReply(question.address, {
      etag,
      waitSeconds,
      signal: request.end.signal,
    }).catch(() => null);
    if (question.request === request) this.answer(question, request, reply);
  }

  private answer(question: Question, { by }: Request, reply: Reply | null): void {
    question.request = null;
    question.endedAt = Date.now();
    for (const id of by) question.asked.delete(id);
    this.tell({ kind: "answer", ids: [...by], reply });
    this.go();
  }

  private drop(question: Question): void {
    question.request?.end.abort();
    question.request = null;
    question.endedAt = Date.now();
  }
}
