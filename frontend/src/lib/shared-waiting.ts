import { RequestFailed } from "./failure";
import { type Ask, type Reply, addressOf, answerOf, ask, fetchReply } from "./graphql";
import { newId } from "./new-id";
import { WaitHolder } from "./wait-holder";
import type { WaitMessage, WaitQuestion } from "./wait-message";

/** Tabs of another version of this page talk about something else. */
const NAME = "zonda-waiting-1";
const BEAT = 1_000;
/** A holder that has been silent for so many beats is stuck: somebody else takes over. */
const MOST_SILENT = 4;

/** What sharing takes of a browser. */
export interface Shares {
  locks: Pick<LockManager, "request">;
  openChannel: (name: string) => BroadcastChannel;
}

interface Open {
  question: WaitQuestion;
  answer: (reply: Reply | null) => void;
}

/**
 * Lets the tabs of one browser wait together: one of those in view is elected by a lock and holds the requests of all,
 * questions and replies travel by a channel. A tab takes part from its first wait on until it is gone or hidden, which
 * one that the browser freezes has been before.
 */
export class SharedWaiting {
  private readonly shares: Shares;
  private readonly open = new Map<string, Open>();
  private part: Part | null = null;
  private alone = false;

  constructor(shares: Shares) {
    this.shares = shares;
  }

  /** As `ask`; a question that the server may hold back is asked together with the other tabs. */
  readonly ask: Ask = async (operation, variables, waiting) => {
    const { etag, waitSeconds, signal } = waiting ?? {};
    if (!etag || !waitSeconds || this.alone) return ask(operation, variables, waiting);
    const reply = await this.wait(addressOf(operation, variables), etag, signal);
    return reply.etag === etag ? null : answerOf(reply);
  };

  /** What is open stays so, and is asked again with the next `enter`. */
  leave(): void {
    this.part?.leave();
    this.part = null;
  }

  /** Take part again, if something is open. */
  enter(): void {
    if (this.open.size > 0) this.part ??= new Part(this.shares, this.open, this.waitAlone);
  }

  /** This browser has locks but does not give any: not to a page within a sandbox, for one. */
  private readonly waitAlone = (): void => {
    this.alone = true;
    this.leave();
    for (const { answer } of [...this.open.values()]) answer(null);
  };

  private wait(address: string, etag: string, signal: AbortSignal | undefined): Promise<Reply> {
    const id = newId();
    const question: WaitQuestion = { kind: "ask", id, address, etag };
    return new Promise((resolve, reject) => {
      const unreachable = () => reject(new RequestFailed({ kind: "unreachable" }));
      const stop = () => {
        this.open.delete(id);
        this.part?.post({ kind: "leave", id });
        unreachable();
      };
      signal?.addEventListener("abort", stop, { once: true });
      const answer = (reply: Reply | null) => {
        this.open.delete(id);
        signal?.removeEventListener("abort", stop);
        if (reply) resolve(reply);
        else unreachable();
      };
      this.open.set(id, { question, answer });
      if (this.part) this.part.post(question);
      else this.enter();
    });
  }
}

/** A tab's part in it, from entering to leaving: it asks, and it may be the one that holds. */
class Part {
  private readonly shares: Shares;
  private readonly open: ReadonlyMap<string, Open>;
  private readonly refused: () => void;
  private readonly channel: BroadcastChannel;
  private readonly left = new AbortController();
  private readonly watch: ReturnType<typeof setInterval>;
  private holder: string | null = null;
  /** Beats that were not heard. Counted, not timed: a computer that slept has heard nothing of anybody. */
  private silent = 0;

  constructor(shares: Shares, open: ReadonlyMap<string, Open>, refused: () => void) {
    this.shares = shares;
    this.open = open;
    this.refused = refused;
    this.channel = shares.openChannel(NAME);
    this.channel.onmessage = ({ data }: MessageEvent<WaitMessage>) => this.hear(data);
    this.watch = setInterval(() => this.listen(), BEAT);
    this.askAll();
    void this.stand();
  }

  post(message: WaitMessage): void {
    this.channel.postMessage(message);
  }

  leave(): void {
    for (const id of this.open.keys()) this.post({ kind: "leave", id });
    clearInterval(this.watch);
    this.channel.close();
    this.left.abort();
  }

  private askAll(): void {
    for (const { question } of this.open.values()) this.post(question);
  }

  private hear(message: WaitMessage): void {
    switch (message.kind) {
      case "holding":
        this.silent = 0;
        if (message.holder === this.holder) return;
        this.holder = message.holder;
        this.askAll();
        return;
      case "answer":
        for (const id of message.ids) this.open.get(id)?.answer(message.reply);
        return;
      case "ask":
      case "leave":
        return;
    }
  }

  private listen(): void {
    this.silent += 1;
    if (this.silent < MOST_SILENT || this.open.size === 0) return;
    this.silent = 0;
    void this.hold({ steal: true });
  }

  /** Wait to be elected, for as long as this tab takes part; also after another has taken over. */
  private async stand(): Promise<void> {
    while (!this.left.signal.aborted) await this.hold({ signal: this.left.signal });
  }

  /** Hold the requests of all, from the election until this tab leaves or another takes over. */
  private async hold(options: LockOptions): Promise<void> {
    const end = new AbortController();
    try {
      await this.shares.locks.request(NAME, options, () =>
        holdForAll(this.shares, AbortSignal.any([this.left.signal, end.signal])),
      );
    } catch (error) {
      // Another has taken over, or this tab has left.
      end.abort();
      if (!(error instanceof DOMException && error.name === "AbortError")) this.refused();
    }
  }
}

async function holdForAll({ openChannel }: Shares, end: AbortSignal): Promise<void> {
  if (end.aborted) return;
  // A channel does not hear itself: by a second one this tab is asked like any other.
  const channel = openChannel(NAME);
  const say = (message: WaitMessage) => channel.postMessage(message);
  const holder = new WaitHolder(fetchReply, say);
  channel.onmessage = ({ data }: MessageEvent<WaitMessage>) => {
    if (data.kind === "ask") holder.take(data);
    if (data.kind === "leave") holder.leave(data.id);
  };
  const me = newId();
  const beat = () => say({ kind: "holding", holder: me });
  beat();
  const beating = setInterval(beat, BEAT);
  await new Promise((resolve) => end.addEventListener("abort", resolve));
  clearInterval(beating);
  holder.close();
  channel.close();
}

/** How this browser asks: with its other tabs where it can, else each tab for itself; without https there are no locks. */
export function askOf(browser: Window & typeof globalThis): Ask {
  // What the types promise everywhere is missing in old browsers, and where a page came over plain http.
  const { locks } = browser.navigator as { locks?: LockManager };
  if (!locks || !("BroadcastChannel" in browser)) return ask;
  const shared = new SharedWaiting({ locks, openChannel: (name) => new BroadcastChannel(name) });
  const look = () => (browser.document.hidden ? shared.leave() : shared.enter());
  browser.document.addEventListener("visibilitychange", look);
  return shared.ask;
}
