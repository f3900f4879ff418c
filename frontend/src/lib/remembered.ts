import { useSyncExternalStore } from "react";

const CHANGED = "zonda:remembered";

/** A choice that this browser keeps, one of `choices`; the first until the reader says otherwise. */
export function useRemembered<Choice extends string>(
  name: string,
  choices: readonly [Choice, ...Choice[]],
): [Choice, (choice: Choice) => void] {
  const choice = useSyncExternalStore(subscribe, () => remembered(name, choices));
  return [choice, (next) => remember(name, next)];
}

export function remembered<Choice extends string>(
  name: string,
  choices: readonly [Choice, ...Choice[]],
): Choice {
  let stored: string | null = null;
  try {
    stored = localStorage.getItem(`zonda.${name}`);
  } catch {
    // A browser may forbid storage; the choice then lasts as long as nothing was chosen.
  }
  return choices.find((choice) => choice === stored) ?? choices[0];
}

function remember(name: string, choice: string): void {
  try {
    localStorage.setItem(`zonda.${name}`, choice);
  } catch {
    return;
  }
  dispatchEvent(new Event(CHANGED));
}

function subscribe(listener: () => void): () => void {
  addEventListener("storage", listener);
  addEventListener(CHANGED, listener);
  return () => {
    removeEventListener("storage", listener);
    removeEventListener(CHANGED, listener);
  };
}
