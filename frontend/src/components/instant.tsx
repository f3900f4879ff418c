import { useNow } from "@/lib/clock";
import { countedSpanInWords, distanceInWords, instantInFull, spanInWords, timeInWords } from "@/lib/duration";

/** When something was or will be, counted by the page: "12 s ago". `at` is the server's instant. */
export function Distance({ at }: { at: string }) {
  const now = useNow();
  const instant = Date.parse(at);
  return (
    <time dateTime={at} title={instantInFull(instant)}>
      {distanceInWords(instant, now)}
    </time>
  );
}

/** The time of day: "12:04:31", with its date when that is another day. */
export function Clock({ at }: { at: string }) {
  const now = useNow();
  const instant = Date.parse(at);
  return (
    <time dateTime={at} title={instantInFull(instant)}>
      {timeInWords(instant, now)}
    </time>
  );
}

/** How long something took, or has taken so far: it counts on while `to` is null. */
export function Span({ from, to }: { from: string; to: string | null }) {
  return to === null ? <RunningSpan from={from} /> : <>{spanInWords(Date.parse(to) - Date.parse(from))}</>;
}

/** How long ago, counted on by the page, with the instant for those who hover: "3 min 20 s". */
export function Elapsed({ since }: { since: string }) {
  return (
    <time dateTime={since} title={instantInFull(Date.parse(since))}>
      <RunningSpan from={since} />
    </time>
  );
}

function RunningSpan({ from }: { from: string }) {
  const now = useNow();
  return <>{countedSpanInWords(now - Date.parse(from))}</>;
}
