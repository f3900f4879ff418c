import type { Shares } from "@/lib/shared-waiting";

/** The locks and channels that the tabs of one browser share: each channel hears all others, the first to ask holds. */
export class FakeBrowser {
  readonly channels = new Set<FakeChannel>();
  private held: { reject: (error: Error) => void } | null = null;
  private readonly line: (() => void)[] = [];
  /** What every request for a lock is refused with. */
  refusal: Error | null = null;

  openTab(): FakeTab {
    return new FakeTab(this);
  }

  request({ signal, steal }: LockOptions, hold: () => Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.refusal) {
        reject(this.refusal);
        return;
      }
      const take = () => {
        const mine = { reject };
        this.held = mine;
        void hold().then(() => {
          resolve();
          if (this.held === mine) this.next();
        });
      };
      signal?.addEventListener("abort", () => {
        const at = this.line.indexOf(take);
        if (at >= 0) this.line.splice(at, 1);
        reject(aborted());
      });
      if (steal) this.held?.reject(aborted());
      if (steal || !this.held) take();
      else this.line.push(take);
    });
  }

  private next(): void {
    this.held = null;
    this.line.shift()?.();
  }
}

/** A tab's way to them. While it is stuck it says nothing and hears nothing. */
export class FakeTab implements Shares {
  stuck = false;
  private readonly browser: FakeBrowser;

  constructor(browser: FakeBrowser) {
    this.browser = browser;
  }

  readonly openChannel = () =>
    new FakeChannel(this.browser.channels, this) as Pick<
      BroadcastChannel,
      "postMessage" | "close"
    > as BroadcastChannel;

  readonly locks = {
    request: ((_name: string, options: LockOptions, hold: () => Promise<void>) =>
      this.browser.request(options, hold)) as LockManager["request"],
  };
}

class FakeChannel {
  onmessage: ((event: { data: unknown }) => void) | null = null;
  private readonly all: Set<FakeChannel>;
  private readonly tab: FakeTab;

  constructor(all: Set<FakeChannel>, tab: FakeTab) {
    this.all = all;
    this.tab = tab;
    all.add(this);
  }

  postMessage(data: unknown): void {
    if (!this.all.has(this)) throw new DOMException("The channel is closed.", "InvalidStateError");
    if (this.tab.stuck) return;
    const copy = structuredClone(data);
    for (const other of this.all) if (other !== this) queueMicrotask(() => other.hear(copy));
  }

  close(): void {
    this.all.delete(this);
  }

  private hear(data: unknown): void {
    if (this.all.has(this) && !this.tab.stuck) this.onmessage?.({ data });
  }
}

function aborted(): Error {
  return new DOMException("Somebody else has it.", "AbortError");
}
