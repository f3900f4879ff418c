import { type RefObject, useEffect, useState } from "react";

/** How far down still counts as "at the top", in CSS pixels. */
const TOP = 8;
/** A pointer that moved over the rows so recently is about to click, in milliseconds. */
const POINTING = 1_500;

/** Whether somebody reads within `area`: scrolled down, focused, selecting text or pointing in it. */
export function useReading(area: RefObject<HTMLElement | null>): boolean {
  const [reading, setReading] = useState(false);
  useEffect(() => {
    let pointedUntil = 0;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = () => {
      const element = area.current;
      const focused = element?.contains(document.activeElement) ?? false;
      const selection = document.getSelection();
      const selecting = !!selection && !selection.isCollapsed && !!element?.contains(selection.anchorNode);
      setReading(scrollY > TOP || focused || selecting || Date.now() < pointedUntil);
    };
    // focusout comes before the focus has moved on.
    const lookSoon = () => queueMicrotask(look);
    const point = (event: PointerEvent) => {
      const moved = event.movementX !== 0 || event.movementY !== 0;
      const target = event.target;
      if (!moved || event.pointerType !== "mouse" || !(target instanceof Node)) return;
      pointedUntil = area.current?.contains(target) ? Date.now() + POINTING : 0;
      clearTimeout(timer);
      if (pointedUntil > 0) timer = setTimeout(look, POINTING);
      look();
    };
    addEventListener("scroll", look, { passive: true });
    document.addEventListener("focusin", look);
    document.addEventListener("focusout", lookSoon);
    document.addEventListener("selectionchange", look);
    document.addEventListener("pointermove", point, { passive: true });
    return () => {
      clearTimeout(timer);
      removeEventListener("scroll", look);
      document.removeEventListener("focusin", look);
      document.removeEventListener("focusout", lookSoon);
      document.removeEventListener("selectionchange", look);
      document.removeEventListener("pointermove", point);
    };
  }, [area]);
  return reading;
}
