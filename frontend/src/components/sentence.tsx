import { Clock, Distance } from "./instant";

/** ISO 8601 with its zone, as the API writes instants. */
const INSTANT = /\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})/g;

/** A sentence of the server's. It names instants, never spans: the page tells them in the reader's zone and counts. */
export function Sentence({ text }: { text: string }) {
  const instants = text.match(INSTANT) ?? [];
  return (
    <>
      {text.split(INSTANT).map((words, index) => {
        const at = instants[index];
        return (
          <span key={index}>
            {words}
            {at !== undefined && (
              <>
                <Clock at={at} /> (<Distance at={at} />)
              </>
            )}
          </span>
        );
      })}
    </>
  );
}
