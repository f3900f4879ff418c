import { type Json, isObject, printInline } from "@/lib/json";

const LONGEST = 240;

/** A task on one line, as one would write the call: `add(1, 2)`, `flaky(failure_rate=0.4)`. */
export function callText(args: Json, kwargs: Json): string {
  const positional = Array.isArray(args) ? args.map((each) => printInline(each, LONGEST)) : [];
  const named = isObject(kwargs)
    ? Object.entries(kwargs).map(([key, each]) => `${key}=${printInline(each, LONGEST)}`)
    : [];
  return cut([...positional, ...named].join(", "), LONGEST);
}

export function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length)}…` : text;
}

export function Call({ name, args, kwargs }: { name: string; args: Json; kwargs: Json }) {
  return (
    <span className="call">
      <span className="call-name">{name}</span>
      <span className="call-arguments">({callText(args, kwargs)})</span>
    </span>
  );
}
