/* Who has the focus when what had it goes: a button that is pressed and does not fit any more, a task that ends by itself. */

/** Where one goes from a row to do something to it, and comes back from. */
const FROM_A_ROW = ".selection, [role=dialog], [role=alertdialog]";

/** Milliseconds after which nobody else takes care of it: a dialog gives the focus back when it is gone. */
const AFTER_MS = 100;

/**
 * From now on give the focus to the row's link when what had it in the row has gone, or in what was opened from there, and to
 * the heading of the screen elsewhere: the browser would begin at the top of the page again. Returns what stops that.
 */
export function keepFocus(): () => void {
  let last: HTMLElement | null = null;
  let row: Element | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const isNowhere = () => document.activeElement === document.body;

  const came = ({ target }: FocusEvent) => {
    last = target instanceof HTMLElement ? target : null;
    if (!last?.closest(FROM_A_ROW)) row = last?.closest("tbody tr") ?? null;
  };
  const went = () =>
    // One that has only been left is still there: then the reader wants nothing to have the focus.
    queueMicrotask(() => {
      if (last?.isConnected && isNowhere()) last = null;
    });
  const inherit = () => {
    if (!last || last.isConnected || !isNowhere()) return;
    last = null;
    const link = row?.isConnected ? row.querySelector<HTMLElement>("th a") : null;
    (link ?? document.querySelector<HTMLElement>("main h1"))?.focus({ preventScroll: true });
  };
  const observer = new MutationObserver(() => {
    if (!last || last.isConnected) return;
    clearTimeout(timer);
    timer = setTimeout(inherit, AFTER_MS);
  });

  document.addEventListener("focusin", came);
  document.addEventListener("focusout", went);
  observer.observe(document.body, { childList: true, subtree: true });
  return () => {
    document.removeEventListener("focusin", came);
    document.removeEventListener("focusout", went);
    observer.disconnect();
    clearTimeout(timer);
  };
}
