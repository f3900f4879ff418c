import { Tabs } from "@base-ui/react/tabs";
import { type Call, curlText, pythonText, variablesText } from "@/lib/call-text";
import { CopyButton } from "./copy-button";

/** What a button will send, to copy. Closed until asked for. */
export function AsCall({ call }: { call: Call }) {
  return (
    <details className="as-call">
      <summary>As a call</summary>
      <CallTexts call={call} />
    </details>
  );
}

/** A call in each way it is written: the operation itself, a program that sends it, a command. */
export function CallTexts({ call }: { call: Call }) {
  const address = new URL("/graphql", location.origin).href;
  const texts = {
    GraphQL: [
      { what: "operation", text: call.operation.text },
      { what: "variables", text: variablesText(call) },
    ],
    Python: [{ what: "program", text: pythonText(call, address) }],
    curl: [{ what: "command", text: curlText(call, address) }],
  };
  return (
    <Tabs.Root defaultValue="GraphQL">
      <Tabs.List className="tabs" aria-label="Written as">
        {Object.keys(texts).map((language) => (
          <Tabs.Tab key={language} value={language} className="tab">
            {language}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {Object.entries(texts).map(([language, blocks]) => (
        <Tabs.Panel key={language} value={language} className="as-call-panel">
          {blocks.map(({ what, text }) => (
            <figure key={what} className="as-call-text">
              <figcaption>
                {what}
                <CopyButton text={() => text} what={`the ${what}`} />
              </figcaption>
              <pre tabIndex={0} aria-label={what}>
                {text}
              </pre>
            </figure>
          ))}
        </Tabs.Panel>
      ))}
    </Tabs.Root>
  );
}
