/* As jsx-runtime.ts, for the development server and the tests. */
import type { Key, ReactElement } from "react";
import { type Props, shown } from "./jsx-runtime";
import * as react from "react/jsx-dev-runtime";

export { Fragment } from "react/jsx-dev-runtime";
export type { JSX } from "react/jsx-dev-runtime";

export function jsxDEV(
  type: React.ElementType,
  props: Props,
  key: Key | undefined,
  isStatic: boolean,
  source?: react.JSXSource,
  self?: unknown,
): ReactElement {
  return react.jsxDEV(type, shown(props), key, isStatic, source, self);
}
