import { useEffect, useState } from "react";
import { announce } from "@/lib/announcements";

/** Puts text on the clipboard and says whether that worked. `what` names it for screen readers: "Copy id". */
export function CopyButton({ text, what }: { text: () => string; what: string }) {
  const [said, setSaid] = useState<string | null>(null);
  useEffect(() => {
    if (said === null) return;
    const timer = setTimeout(() => setSaid(null), 2_000);
    return () => clearTimeout(timer);
  }, [said]);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text());
      setSaid("Copied");
      announce(`Copied ${what}`);
    } catch {
      setSaid("Could not copy");
      announce(`Could not copy ${what}`);
    }
  };
  return (
    <button
      type="button"
      className="button small"
      // Always the same: a name that changes is read aloud as well, and once more when it changes back.
      aria-label={`Copy ${what}`}
      onClick={() => void copy()}
    >
      {said ?? "Copy"}
    </button>
  );
}
