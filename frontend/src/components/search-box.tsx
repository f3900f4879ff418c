import { useCallback, useRef, useState } from "react";
import { useAnnouncement } from "@/lib/announcements";
import { go, useAddress, withSearch } from "@/lib/address";
import { useKey } from "@/lib/use-key";
import { useLater } from "@/lib/use-later";

interface Props {
  /** What the address says is searched for. */
  sought: string;
  label: string;
  placeholder: string;
  /** What has been found, in words. */
  found: string;
  /** The search parameters of the place in the list, which another search begins anew. */
  place: readonly string[];
  /** Milliseconds that nobody types before it is searched; at once without. */
  pause?: number;
}

/** What is typed is in the URL; one step back leaves the search. */
export function SearchBox({ sought, label, placeholder, found, place, pause = 0 }: Props) {
  useAnnouncement(found);
  const address = useAddress();
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(sought);
  const [said, setSaid] = useState(sought);
  useKey(
    "filter",
    useCallback(() => {
      input.current?.focus();
      input.current?.select();
    }, []),
  );
  const search = (words: string) => {
    if (words === said) return;
    setSaid(words);
    const anew = Object.fromEntries(place.map((name) => [name, null]));
    go(withSearch(address, { ...anew, q: words || null }), { replace: said !== "" });
  };
  const later = useLater(search, pause);
  // A step back, or a link: the URL says something else than was typed.
  if (sought !== said) {
    setSaid(sought);
    setText(sought);
  }
  const type = (next: string) => {
    setText(next);
    if (pause > 0) later.start(next.trim());
    else search(next.trim());
  };
  return (
    <search className="search-box">
      <input
        ref={input}
        type="search"
        className="input"
        aria-label={label}
        aria-keyshortcuts="/"
        placeholder={placeholder}
        spellCheck={false}
        autoComplete="off"
        value={text}
        onChange={(event) => type(event.target.value)}
      />
      <span className="quiet">{found}</span>
    </search>
  );
}
