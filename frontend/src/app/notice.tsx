import { useEffect } from "react";
import { Link } from "@/components/link";
import type { CreatedTask } from "@/features/create-task/create-form";
import { taskAddress } from "@/lib/address";

const SHOWN_FOR = 8_000;

/** Says once that a task was created, with the way to it. */
export function Notice({ created, onDone }: { created: CreatedTask | null; onDone: () => void }) {
  useEffect(() => {
    if (!created) return;
    const timer = setTimeout(onDone, SHOWN_FOR);
    return () => clearTimeout(timer);
  }, [created, onDone]);
  return (
    <div className="notice" role="status">
      {created && (
        <p>
          Created <span className="call-name">{created.call}</span>{" "}
          <Link href={taskAddress(created.id)} onClick={onDone}>
            Open
          </Link>
        </p>
      )}
    </div>
  );
}
