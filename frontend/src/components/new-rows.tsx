import { IconArrow } from "@/components/icons";
import { useSeldom } from "@/lib/use-seldom";

/** What has come while somebody reads: counted for the eye at once, for the ear seldom. Null while nothing has. */
export function NewRows({ words, onShow }: { words: string | null; onShow: () => void }) {
  const said = useSeldom(words ?? "");
  return (
    <div className="new-rows">
      <span className="unseen" role="status">
        {said}
      </span>
      {words !== null && (
        <button type="button" className="button primary" aria-keyshortcuts="N" onClick={onShow}>
          <IconArrow />
          {words}
        </button>
      )}
    </div>
  );
}
