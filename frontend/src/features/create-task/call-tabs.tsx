import { Tabs } from "@base-ui/react/tabs";
import type { ReactNode } from "react";
import { createPortal } from "react-dom";
import { cut } from "@/components/call";
import { CopyButton } from "@/components/copy-button";
import type { Creation } from "./creation";
import type { Errors } from "./reading";
import { writings } from "./writings";

export const FORM = "Form";

interface Props {
  /** Where the tabs stand: before the picker of the type, so that Tab leads from there to the first field. */
  place: HTMLElement | null;
  shown: string;
  onShow: (tab: string) => void;
  /** What stands in the form, or what is wrong with it. */
  call: { creation: Creation } | { errors: Errors };
  /** The form itself. */
  children: ReactNode;
}

/** The form, and the call that it makes written down for those who want to make it elsewhere. */
export function CallTabs({ place, shown, onShow, call, children }: Props) {
  const url = new URL("/graphql", location.href).href;
  const list = (
    <Tabs.List className="tabs" aria-label="The call as">
      {[FORM, ...Object.keys(writings)].map((name) => (
        <Tabs.Tab key={name} value={name} className="tab">
          {name}
        </Tabs.Tab>
      ))}
    </Tabs.List>
  );
  return (
    <Tabs.Root className="call-tabs" value={shown} onValueChange={onShow}>
      {place && createPortal(list, place)}
      <Tabs.Panel value={FORM} keepMounted className="form" tabIndex={-1}>
        {children}
      </Tabs.Panel>
      {Object.entries(writings).map(([name, write]) => (
        <Tabs.Panel key={name} value={name} className="call-panel">
          {shown === name &&
            ("creation" in call ? (
              <CallText name={name} text={write(call.creation, url)} />
            ) : (
              <Unfinished errors={call.errors} />
            ))}
        </Tabs.Panel>
      ))}
    </Tabs.Root>
  );
}

/** What a browser lays out at once without a pause, in characters. */
const MOST_SHOWN = 100_000;

function CallText({ name, text }: { name: string; text: string }) {
  return (
    <>
      <pre className="call-text" tabIndex={0} aria-label={`The call as ${name}`}>
        {cut(text, MOST_SHOWN)}
      </pre>
      {text.length > MOST_SHOWN && (
        <p className="quiet">Only its beginning is shown; Copy takes all of it.</p>
      )}
      <CopyButton text={() => text} what={`the call as ${name}`} />
    </>
  );
}

function Unfinished({ errors }: { errors: Errors }) {
  return (
    <>
      <p>The form is not finished:</p>
      <ul className="unfinished">
        {Object.entries(errors).map(([path, why]) => (
          <li key={path}>
            <code>{path}</code> {why}
          </li>
        ))}
      </ul>
    </>
  );
}
