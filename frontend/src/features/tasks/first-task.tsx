import { useState } from "react";
import { changeFailureWords } from "@/components/failure-words";
import { Link } from "@/components/link";
import { CreateTask } from "@/gql/operations";
import { useAddress, withSearch } from "@/lib/address";
import { failureOf } from "@/lib/failure";
import { mutate } from "@/lib/graphql";
import { newId } from "@/lib/new-id";
import { say } from "@/lib/notices";

/** Long enough to be watched: it runs for ten seconds, with progress and a log. By its path, for the name may be another's too. */
const DEMO = { name: "backend.demo.tasks.count_to", args: [20] };

/** A first task at one click, and the way to one of the reader's own. */
export function FirstTask() {
  const address = useAddress();
  // One id for as long as the button is there: to press it twice asks for the same task.
  const [id] = useState(newId);
  const [asked, setAsked] = useState(false);
  const create = async () => {
    setAsked(true);
    try {
      // The row comes by the live query, as any other does.
      await mutate(CreateTask, { ...DEMO, id });
    } catch (error) {
      say({ kind: "failed", ...changeFailureWords(failureOf(error)) });
    } finally {
      setAsked(false);
    }
  };
  return (
    <p className="first-task">
      <button type="button" className="button primary" disabled={asked} onClick={() => void create()}>
        Create a first task: count to 20
      </button>{" "}
      or <Link href={withSearch(address, { create: "" })}>choose one yourself</Link>
    </p>
  );
}
