/** Where the reader was when an entry of the history was left; it is kept with that entry. */
interface LeftPlace {
  scroll: number;
  /** The link of the row that had the focus, and how far down in the window it was, in CSS pixels. */
  link: string | null;
  at: number;
}

/** Keep with the entry of the history that is about to be left where the reader is. */
export function keepPlace(): void {
  const row = document.activeElement?.closest("tbody tr");
  const link = row?.querySelector<HTMLElement>("th a") ?? null;
  const place: LeftPlace = {
    scroll: scrollY,
    link: link?.getAttribute("href") ?? null,
    at: link?.getBoundingClientRect().top ?? 0,
  };
  history.replaceState({ place }, "");
}

/** What the reader does meanwhile; then the page stays where that leads. */
const doings = ["wheel", "keydown", "pointerdown", "touchmove"] as const;

/**
 * Take the reader back to where this entry of the history was left, once the rows within `area` are there. Null when it was
 * not left before; else what gives it up.
 */
export function takePlace(area: HTMLElement): (() => void) | null {
  const place = (history.state as { place?: LeftPlace } | null)?.place;
  if (!place) return null;
  const isThere = () => {
    if (!area.querySelector("tbody tr") || area.querySelector("[aria-busy=true]")) return false;
    const links = [...area.querySelectorAll<HTMLElement>("tbody th a")];
    const link = links.find((each) => each.getAttribute("href") === place.link);
    if (!link) scrollTo({ top: place.scroll });
    else {
      scrollBy({ top: link.getBoundingClientRect().top - place.at });
      const focused = document.activeElement;
      if (!focused || focused.matches("body, h1")) link.focus({ preventScroll: true });
    }
    return true;
  };
  const observer = new MutationObserver(() => {
    if (isThere()) stop();
  });
  const stop = () => {
    observer.disconnect();
    for (const doing of doings) removeEventListener(doing, stop);
  };
  if (isThere()) return stop;
  observer.observe(area, { childList: true, subtree: true, attributeFilter: ["aria-busy"] });
  for (const doing of doings) addEventListener(doing, stop, { passive: true });
  return stop;
}
