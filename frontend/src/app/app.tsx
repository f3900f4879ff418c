import { useCallback, useEffect, useRef } from "react";
import { CreateTaskDialog } from "@/features/create-task/create-task-dialog";
import type { CreatedTask } from "@/features/create-task/create-form";
import { go, taskAddress, useAddress, withSearch } from "@/lib/address";
import { say } from "@/lib/notices";
import { Frame } from "./frame";
import { Notice } from "./notice";
import { screenAt, titleAt } from "./screens";
import { useKey } from "@/lib/use-key";

export function App() {
  const address = useAddress();
  const typeName = address.search.get("create");
  const isOpen = typeName !== null;
  const main = useRef<HTMLElement>(null);
  useScreenChange(address.path, main);

  const open = useCallback(() => {
    if (!isOpen) go(withSearch(address, { create: "" }));
  }, [address, isOpen]);
  useKey("c", open);

  const close = () => go(withSearch(address, { create: null, from: null }), { replace: true });

  const arrive = (task: CreatedTask, then: { open: boolean }) => {
    say({ kind: "done", text: `Created ${task.call}`, link: { href: taskAddress(task.id), label: "Open" } });
    if (then.open) go(taskAddress(task.id), { replace: true });
    else close();
  };

  return (
    <>
      <Frame onCreate={open}>
        <main ref={main} id="main" tabIndex={-1}>
          {screenAt(address.path, { covered: isOpen })}
        </main>
      </Frame>
      <CreateTaskDialog
        typeName={typeName}
        from={address.search.get("from")}
        onTypeName={(name) => go(withSearch(address, { create: name }), { replace: true })}
        onClose={close}
        onCreated={arrive}
      />
      <Notice />
    </>
  );
}

/** A new screen has its title, starts at its top, and is where the keyboard and the screen reader are. */
function useScreenChange(path: string, main: React.RefObject<HTMLElement | null>): void {
  const shown = useRef<string | null>(null);
  useEffect(() => {
    document.title = titleAt(path);
    if (shown.current !== null && shown.current !== path) {
      scrollTo({ top: 0 });
      main.current?.focus({ preventScroll: true });
    }
    shown.current = path;
  }, [path, main]);
}
