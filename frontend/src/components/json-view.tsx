import { useState } from "react";
import { type Json, printJson } from "@/lib/json";
import { CopyButton } from "./copy-button";

/** More than this at once makes the page slow; the whole is one click away. */
const SHOWN_AT_FIRST = 20_000;

/** A JSON value with its numbers as they were written; always text, whatever it holds. */
export function JsonView({ value, label }: { value: Json; label: string }) {
  const [whole, setWhole] = useState(false);
  const text = printJson(value, 2);
  const isCut = !whole && text.length > SHOWN_AT_FIRST;
  return (
    <div className="json">
      <div className="boxed">
        <pre tabIndex={0} role="region" aria-label={label}>
          {isCut ? text.slice(0, SHOWN_AT_FIRST) : text}
        </pre>
        <div className="boxed-actions">
          <CopyButton text={() => text} what={label.toLowerCase()} />
        </div>
      </div>
      {isCut && (
        <button type="button" className="button small json-rest" onClick={() => setWhole(true)}>
          Show all {text.length.toLocaleString("en")} characters
        </button>
      )}
    </div>
  );
}
