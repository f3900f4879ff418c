import { type RefObject, useEffect, useState } from "react";

/** The head of a table has no rows: who sorts it is no reader yet. */
const isAmongRows = (area: Element, element: Element | null) =>
  element !== null && area.contains(element) && !element.closest("thead");

/** How far down still counts as "at the top", in CSS pixels. */
const TOP = 8;

/**
 * Whether somebody reads within `area`: scrolled down, focused, selecting text, or a mouse that was moved into it rests there,
 * for however long: the next click is meant for the row that lies beneath. On the way to the button that shows new rows it
 * holds as well, or the button would be gone before it is reached.
 */
export function useReading(area: RefObject<HTMLElement | null>): boolean {
  const [reading, setReading] = useState(false);
  useEffect(() => {
    let isPointed = false;
    const look = () => {
      const element = area.current;
      const focused = !!element && isAmongRows(element, document.activeElement);
      const selection = document.getSelection();
      const selecting = !!selection && !selection.isCollapsed && !!element?.contains(selection.anchorNode);
      setReading(scrollY > TOP || focused || selecting || (isPointed && !!element));
    };
    // focusout comes before the focus has moved on.
    const lookSoon = () => queueMicrotask(look);
    const point = (event: PointerEvent) => {
      // What moves beneath a mouse that rests is no movement of it.
      const moved = event.movementX !== 0 || event.movementY !== 0;
      const target = event.target;
      if (!moved || event.pointerType !== "mouse" || !(target instanceof Element)) return;
      const isOnRow = !!area.current && isAmongRows(area.current, target);
      isPointed = isOnRow || (isPointed && !!target.closest(".new-rows"));
      look();
    };
    const leaveWindow = (event: PointerEvent) => {
      if (event.pointerType !== "mouse") return;
      isPointed = false;
      look();
    };
    const root = document.documentElement;
    addEventListener("scroll", look, { passive: true });
    document.addEventListener("focusin", look);
    document.addEventListener("focusout", lookSoon);
    document.addEventListener("selectionchange", look);
    document.addEventListener("pointermove", point, { passive: true });
    root.addEventListener("pointerleave", leaveWindow);
    return () => {
      removeEventListener("scroll", look);
      document.removeEventListener("focusin", look);
      document.removeEventListener("focusout", lookSoon);
      document.removeEventListener("selectionchange", look);
      document.removeEventListener("pointermove", point);
      root.removeEventListener("pointerleave", leaveWindow);
    };
  }, [area]);
  return reading;
}
