import { type ReactNode, useCallback, useState } from "react";
import { IconPlus, IconSearch } from "@/components/icons";
import { Link } from "@/components/link";
import { go, useAddress } from "@/lib/address";
import { keyCaps } from "@/lib/keys";
import { useKey } from "@/lib/use-key";
import { LiveSign } from "./live-sign";
import { KeyHelp } from "./key-help";
import { DensityChoice, KeySwitch, ThemeChoice } from "./preferences";
import { type Place, isScreen, placeAt, places } from "./screens";

interface Props {
  onCreate: () => void;
  onCommand: () => void;
  children: ReactNode;
}

/** What stands around every screen. */
export function Frame({ onCreate, onCommand, children }: Props) {
  const { path } = useAddress();
  const [helping, setHelping] = useState(false);
  useKey(
    "help",
    useCallback(() => setHelping(true), []),
  );
  return (
    <div className="frame">
      <a className="skip" href="#main">
        Skip to content
      </a>
      <header className="bar">
        <Link className="name" href="/">
          Zonda
        </Link>
        <nav className="places" aria-label="Screens">
          {places.map((place) => (
            <PlaceLink key={place.path} place={place} current={placeAt(path) === place} />
          ))}
        </nav>
        {isScreen(path) && <LiveSign />}
        <button
          type="button"
          className="button palette-open"
          aria-keyshortcuts="Control+K Meta+K"
          title={`Find a command by its name (${keyCaps("palette").join()})`}
          onClick={onCommand}
        >
          <IconSearch />
          <span className="palette-open-word">Commands</span>
          <kbd aria-hidden="true">{keyCaps("palette")}</kbd>
        </button>
        <button type="button" className="button primary create" aria-keyshortcuts="C" onClick={onCreate}>
          <IconPlus />
          <span className="create-word">
            Create<span className="create-what"> task</span>
          </span>
        </button>
      </header>
      {children}
      <footer className="foot">
        <ThemeChoice />
        <DensityChoice />
        <KeySwitch />
        <button type="button" className="button small" aria-keyshortcuts="?" onClick={() => setHelping(true)}>
          All keys <kbd>?</kbd>
        </button>
        <a href="/graphiql">GraphiQL</a>
      </footer>
      <KeyHelp open={helping} onClose={() => setHelping(false)} />
    </div>
  );
}

/** A screen in the navigation, and the two keys that go there. */
function PlaceLink({ place, current }: { place: Place; current: boolean }) {
  const { path, label, key } = place;
  useKey(
    key,
    useCallback(() => go(path), [path]),
  );
  return (
    <Link href={path} aria-current={current ? "page" : undefined} title={keyCaps(key).join(" then ")}>
      {label}
    </Link>
  );
}
