/** Change how the page is laid out; this part of it stays where it is in the window. */
export function keepInPlace(part: Element | undefined, change: () => void): void {
  const before = part?.getBoundingClientRect().top ?? 0;
  change();
  const after = part?.getBoundingClientRect().top ?? 0;
  if (after !== before) scrollBy(0, after - before);
}
