import { useEffect, useState } from "react";
import { useAnnouncement } from "@/lib/announcements";

/** Grey lines after 150 ms of waiting, words after 2 s: a quick answer shows neither. */
export function Skeleton({ lines }: { lines: number }) {
  const [waited, setWaited] = useState(0);
  useEffect(() => {
    const timers = [150, 2_000].map((milliseconds) =>
      setTimeout(() => setWaited(milliseconds), milliseconds),
    );
    return () => timers.forEach(clearTimeout);
  }, []);
  const words = waited >= 2_000 ? "Still loading: the server has not answered yet." : "";
  useAnnouncement(words);
  if (waited < 150) return null;
  return (
    <div className="skeleton">
      <p>{words}</p>
      {Array.from({ length: lines }, (_, line) => (
        <div key={line} className="skeleton-line" aria-hidden="true" />
      ))}
    </div>
  );
}
