/*
 * What the page's elements are made with: React's own, but for text that turns its direction around. As markup in a name
 * is shown and not obeyed wherever it stands, so is that, and no screen has to think of it.
 */
import type { Key, ReactElement, ReactNode } from "react";
import * as react from "react/jsx-runtime";
import { visible } from "@/lib/visible";

export { Fragment } from "react/jsx-runtime";
export type { JSX } from "react/jsx-runtime";

export type Props = Record<string, unknown> & { children?: ReactNode };

/** What is read aloud or on hovering is text as well. */
const TOLD = ["title", "aria-label"] as const;

export function jsx(type: React.ElementType, props: Props, key?: Key): ReactElement {
  return react.jsx(type, shown(props), key);
}

export function jsxs(type: React.ElementType, props: Props, key?: Key): ReactElement {
  return react.jsxs(type, shown(props), key);
}

export function shown(props: Props): Props {
  let next = props;
  const children = inChildren(props.children);
  if (children !== props.children) next = { ...next, children };
  for (const name of TOLD) {
    const text = props[name];
    if (typeof text === "string" && visible(text) !== text) next = { ...next, [name]: visible(text) };
  }
  return next;
}

/** The very same where nothing has to be changed. */
function inChildren(children: ReactNode): ReactNode {
  if (typeof children === "string") return visible(children);
  if (!Array.isArray(children)) return children;
  const before = children as ReactNode[];
  const next = before.map(inChildren);
  return next.some((each, index) => each !== before[index]) ? next : before;
}
