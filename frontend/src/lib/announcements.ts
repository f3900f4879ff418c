import { useEffect, useId, useRef, useSyncExternalStore } from "react";

/*
 * What whoever hears the page is told of by itself: gathered here from everywhere, said in one region (app/announcer.tsx). With
 * a region each, ten things that change at once would be ten interruptions. All times are in milliseconds.
 */

/** So long nothing else has come to be said: what belongs together is one sentence after the other. */
const QUIET = 250;
/** Between two announcements at least, so that one can be heard. What keeps changing is told as often. */
const APART = 1_500;
/** For whoever reads along on a braille line. Later, what was said would be met as if it were part of the screen. */
const STAYS = 5_000;

/** What is still to be said: of each source its latest words. Reads no clock. */
export class Gathering {
  private readonly words = new Map<string, string>();
  private firstAt = 0;
  private latestAt = 0;
  private takenAt = -Infinity;

  /** Without words what the source wanted to say holds no longer. */
  put(source: string, words: string, now: number): void {
    const wasEmpty = this.words.size === 0;
    this.words.delete(source);
    if (words === "") return;
    if (wasEmpty) this.firstAt = now;
    this.words.set(source, words);
    this.latestAt = now;
  }

  /** When it is to be said; null while there is nothing to say. */
  due(): number | null {
    if (this.words.size === 0) return null;
    return Math.max(Math.min(this.latestAt + QUIET, this.firstAt + APART), this.takenAt + APART);
  }

  /** All of it, as sentences. */
  take(now: number): string {
    const sentences = new Set(
      [...this.words.values()].map((each) => (/[.!?…]$/.test(each) ? each : `${each}.`)),
    );
    this.words.clear();
    this.takenAt = now;
    return [...sentences].join(" ");
  }
}

/** The same words may be said twice: the number tells one time from the other. */
interface Announcement {
  number: number;
  text: string;
}

let gathering = new Gathering();
let said: Announcement = { number: 0, text: "" };
let timer: ReturnType<typeof setTimeout> | undefined;
const listeners = new Set<() => void>();

/** Say something once, soon. Of several things from one source, the last. */
export function announce(words: string, source = words): void {
  gathering.put(source, words, performance.now());
  const due = gathering.due();
  clearTimeout(timer);
  timer = due === null ? setTimeout(fallSilent, STAYS) : setTimeout(speak, due - performance.now());
}

function speak(): void {
  show(gathering.take(performance.now()));
  timer = setTimeout(fallSilent, STAYS);
}

function fallSilent(): void {
  if (said.text !== "") show("");
}

function show(text: string): void {
  said = { number: said.number + 1, text };
  for (const listener of listeners) listener();
}

/** As if nothing had been said yet. */
export function forgetAnnouncements(): void {
  clearTimeout(timer);
  gathering = new Gathering();
  show("");
}

/**
 * Say what stands on screen whenever that changes: not what is there from the beginning, which is read with all else. Nothing is
 * said for no words.
 */
export function useAnnouncement(words: string): void {
  const source = useId();
  const told = useRef(words);
  useEffect(() => {
    if (told.current === words) return;
    told.current = words;
    announce(words, source);
  }, [words, source]);
  useEffect(() => () => announce("", source), [source]);
}

/** What is being said. */
export function useAnnounced(): Announcement {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => said,
  );
}
