import { type RefObject, useEffect, useState } from "react";

/** Closer to the end of a log than this is at the end, in CSS pixels. */
const END = 12;

/**
 * The attempt to read without a choice: the newest, or the one that was when the next one began while somebody read in
 * `part`, until they go on. 0 while there is none.
 */
export function useNewestAttempt(
  newest: number,
  part: RefObject<HTMLElement | null>,
  isChosen: boolean,
): { shown: number; goOn: () => void } {
  const isRead = useIsRead(part);
  const [last, setLast] = useState(newest);
  const [held, setHeld] = useState<number | null>(null);
  if (newest !== last) {
    setLast(newest);
    if (last > 0 && isRead && !isChosen && held === null) setHeld(last);
  }
  const shown = held ?? (newest !== last && last > 0 && isRead && !isChosen ? last : newest);
  return { shown, goOn: () => setHeld(null) };
}

/** Whether somebody has marked or focused something in the part, or scrolled into it or within it. */
function useIsRead(part: RefObject<HTMLElement | null>): boolean {
  const [isRead, setIsRead] = useState(false);
  useEffect(() => {
    const look = () => setIsRead(part.current !== null && isReadNow(part.current));
    // focusout comes before the focus has moved on.
    const lookSoon = () => queueMicrotask(look);
    document.addEventListener("selectionchange", look);
    document.addEventListener("focusin", look);
    document.addEventListener("focusout", lookSoon);
    // Of boxes within, too, from where it does not rise.
    document.addEventListener("scroll", look, { capture: true, passive: true });
    return () => {
      document.removeEventListener("selectionchange", look);
      document.removeEventListener("focusin", look);
      document.removeEventListener("focusout", lookSoon);
      document.removeEventListener("scroll", look, { capture: true });
    };
  }, [part]);
  return isRead;
}

function isReadNow(part: HTMLElement): boolean {
  const selection = getSelection();
  if (selection && !selection.isCollapsed && selection.getRangeAt(0).intersectsNode(part)) return true;
  if (part.contains(document.activeElement)) return true;
  if (scrollY > 0 && part.getBoundingClientRect().top < 0) return true;
  const boxes = part.querySelectorAll<HTMLElement>("[role=region]");
  return [...boxes].some(({ classList, scrollTop, scrollHeight, clientHeight }) =>
    classList.contains("log-box") ? scrollHeight - scrollTop - clientHeight >= END : scrollTop > 0,
  );
}
