import { useCallback, useEffect, useRef, useState } from "react";
import { CreateTaskDialog } from "@/features/create-task/create-task-dialog";
import type { Created } from "@/features/create-task/creation";
import { type Address, go, useAddress, withSearch } from "@/lib/address";
import { keepFocus } from "@/lib/focus-heir";
import { keepPlace, takePlace } from "@/lib/left-place";
import { say } from "@/lib/notices";
import { Announcer } from "./announcer";
import { CommandPalette } from "./command-palette";
import { Frame } from "./frame";
import { Notice } from "./notice";
import { screenAt, titleAt } from "./screens";
import { useChord, useKey } from "@/lib/use-key";

export function App() {
  const address = useAddress();
  const typeName = address.search.get("create");
  const isOpen = typeName !== null;
  const main = useRef<HTMLElement>(null);
  useScreenChange(address, main);
  useEffect(keepFocus, []);

  const open = useCallback(() => {
    if (!isOpen) go(withSearch(address, { create: "" }));
  }, [address, isOpen]);
  useKey("create", open);

  const [commanding, setCommanding] = useState(false);
  const command = useCallback(() => setCommanding(true), []);
  useChord("palette", command);

  const close = () => go(withSearch(address, { create: null, from: null }), { replace: true });

  const arrive = ({ what, address }: Created, then: { open: boolean }) => {
    say({ kind: "done", text: `Created ${what}`, link: { href: address, label: "Open" } });
    if (then.open) go(address, { replace: true });
    else close();
  };

  return (
    <>
      <Frame onCreate={open} onCommand={command}>
        <main ref={main} id="main" tabIndex={-1}>
          {screenAt(address.path, { covered: isOpen || commanding })}
        </main>
      </Frame>
      <CreateTaskDialog
        typeName={typeName}
        from={address.search.get("from")}
        onTypeName={(name) => go(withSearch(address, { create: name }), { replace: true })}
        onClose={close}
        onCreated={arrive}
      />
      <CommandPalette open={commanding} onClose={() => setCommanding(false)} />
      <Notice />
      <Announcer />
    </>
  );
}

/**
 * A new screen has its title, starts at its top, and its heading is where the keyboard and the screen reader are. Who comes
 * back, or loads it anew, is taken to where it was left.
 */
function useScreenChange({ path, search }: Address, main: React.RefObject<HTMLElement | null>): void {
  const shown = useRef<string | null>(null);
  useEffect(() => {
    document.title = titleAt(path);
    if (shown.current !== null && shown.current !== path) {
      scrollTo({ top: 0 });
      const heading = main.current?.querySelector<HTMLElement>("h1");
      (heading ?? main.current)?.focus({ preventScroll: true });
    }
    shown.current = path;
  }, [path, main]);
  useEffect(() => {
    const giveUp = main.current && takePlace(main.current);
    return () => giveUp?.();
  }, [path, search, main]);
  useEffect(() => {
    // The rows come later than the browser would look for the place by itself.
    history.scrollRestoration = "manual";
    addEventListener("pagehide", keepPlace);
    return () => removeEventListener("pagehide", keepPlace);
  }, []);
}
