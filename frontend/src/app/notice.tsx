import { useEffect } from "react";
import { IconCross } from "@/components/icons";
import { Link } from "@/components/link";
import { announce } from "@/lib/announcements";
import { type NoticeText, say, useNotice } from "@/lib/notices";

const SHOWN_FOR = 8_000;

/** Says what was done, for a while, and what was not, until it is put away. */
export function Notice() {
  const notice = useNotice();
  useEffect(() => {
    if (notice?.kind !== "done") return;
    announce([notice.text, notice.next].filter(Boolean).join(" "));
    const timer = setTimeout(() => say(null), SHOWN_FOR);
    return () => clearTimeout(timer);
  }, [notice]);
  const failed = notice?.kind === "failed";
  return (
    <div className="notice">
      {notice && !failed && <Words notice={notice} />}
      {notice && failed && (
        <div role="alert">
          <Words notice={notice} />
        </div>
      )}
    </div>
  );
}

function Words({ notice }: { notice: NoticeText }) {
  return (
    <div className="notice-box" data-kind={notice.kind}>
      <p>
        <span>{notice.text}</span>
        {notice.next && ` ${notice.next}`}{" "}
        {notice.link && (
          <Link href={notice.link.href} onClick={() => say(null)}>
            {notice.link.label}
          </Link>
        )}
      </p>
      <button type="button" className="notice-close" aria-label="Put away" onClick={() => say(null)}>
        <IconCross />
      </button>
    </div>
  );
}
