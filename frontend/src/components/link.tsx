import type { AnchorHTMLAttributes, MouseEvent } from "react";
import { go } from "@/lib/address";

interface Props extends AnchorHTMLAttributes<HTMLAnchorElement> {
  href: string;
  /** After a plain click was followed. */
  onFollowed?: () => void;
}

/** A link within the page: a plain click changes the screen, every other click is the browser's. */
export function Link({ href, onClick, onFollowed, ...rest }: Props) {
  const follow = (event: MouseEvent<HTMLAnchorElement>) => {
    onClick?.(event);
    const modified = event.metaKey || event.ctrlKey || event.shiftKey || event.altKey;
    if (event.defaultPrevented || event.button !== 0 || modified) return;
    event.preventDefault();
    go(href);
    onFollowed?.();
  };
  return <a {...rest} href={href} onClick={follow} />;
}
