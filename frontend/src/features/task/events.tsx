import { Clock } from "@/components/instant";
import type { TaskScreenQuery } from "@/gql/operations";

export type TaskEvent = NonNullable<TaskScreenQuery["task"]>["events"][number];

/** Every move the task made, the first one first. */
export function Events({ events }: { events: TaskEvent[] }) {
  return (
    <ol className="events">
      {events.map((event, index) => (
        <li key={index}>
          <Clock at={event.at} />
          <span>{eventWords(event)}</span>
        </li>
      ))}
    </ol>
  );
}

function eventWords({ kind, attempt, worker, by }: TaskEvent): string {
  const words = [kind.toLowerCase().replaceAll(/[_-]/g, " ")];
  if (attempt !== null) words.push(`attempt ${attempt}`);
  if (worker !== null) words.push(`on ${worker}`);
  if (by !== null) words.push(`by ${by}`);
  return words.join(", ");
}

/** When it was retried by hand: each begins a new round of attempts. */
export function retriedAt(events: TaskEvent[]): string[] {
  return events.filter(({ kind }) => /^retri/i.test(kind)).map(({ at }) => at);
}
