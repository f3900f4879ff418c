import { useEffect, useState } from "react";

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
    } catch {
      setSaid("Could not copy");
    }
  };
  return (
    <button
      type="button"
      className="button small"
      aria-label={said ? undefined : `Copy ${what}`}
      onClick={() => void copy()}
    >
      <span aria-live="polite">{said ?? "Copy"}</span>
    </button>
  );
}
