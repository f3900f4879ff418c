import { IconArrow } from "@/components/icons";
import { useAnnouncement } from "@/lib/announcements";
import { useSeldom } from "@/lib/use-seldom";

/** What has come while somebody reads: counted for the eye at once, for the ear seldom. Null while nothing has. */
export function NewRows({ words, onShow }: { words: string | null; onShow: () => void }) {
  useAnnouncement(useSeldom(words ?? ""));
  return (
    <div className="new-rows">
      {words !== null && (
        <button type="button" className="button primary" aria-keyshortcuts="N" onClick={onShow}>
          <IconArrow />
          {words}
        </button>
      )}
    </div>
  );
}
