import { type KeyName, keyCaps } from "@/lib/keys";

/** The keys of a name, each drawn as one: G then T. */
export function Caps({ name }: { name: KeyName }) {
  return keyCaps(name).map((cap, index) => (
    <span key={cap}>
      {index > 0 && " then "}
      <kbd>{cap}</kbd>
    </span>
  ));
}
