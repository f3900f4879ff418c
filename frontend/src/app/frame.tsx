import type { ReactNode } from "react";
import { IconPlus } from "@/components/icons";
import { Link } from "@/components/link";
import { useAddress } from "@/lib/address";
import { LiveSign } from "./live-sign";
import { Preferences } from "./preferences";

const places = [
  { href: "/", label: "Tasks" },
  { href: "/queues", label: "Queues" },
  { href: "/workers", label: "Workers" },
];

/** What stands around every screen. */
export function Frame({ onCreate, children }: { onCreate: () => void; children: ReactNode }) {
  const { path } = useAddress();
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
          {places.map(({ href, label }) => (
            <Link key={href} href={href} aria-current={path === href ? "page" : undefined}>
              {label}
            </Link>
          ))}
        </nav>
        <LiveSign />
        <button type="button" className="button primary create" aria-keyshortcuts="C" onClick={onCreate}>
          <IconPlus />
          Create task
        </button>
      </header>
      {children}
      <footer className="foot">
        <Preferences />
        <a href="/graphiql">GraphiQL</a>
      </footer>
    </div>
  );
}
