import { useAnnounced } from "@/lib/announcements";

/**
 * The one region that is read aloud when it changes. It is there from the start, as a region that comes with its words is often
 * not heard. Base UI hides from the ear what is outside a dialog, but not what says aria-live and stands beside the rest.
 */
export function Announcer() {
  const { number, text } = useAnnounced();
  return (
    <div className="announcer unseen" role="status" aria-live="polite">
      {text !== "" && <p key={number}>{text}</p>}
    </div>
  );
}
