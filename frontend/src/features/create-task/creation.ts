import { callText } from "@/components/call";
import { CreateTask, CreateTasks } from "@/gql/operations";
import { taskAddress, withSearch } from "@/lib/address";
import { mutate } from "@/lib/graphql";
import type { Json, JsonObject } from "@/lib/json";

/** What the form asks for: `count` tasks, all alike, with those of the options that are said. */
export interface Creation {
  name: string;
  args: Json[];
  kwargs: JsonObject;
  options: JsonObject;
  count: number;
}

/** What has been created. */
export interface Created {
  /** As one says it: the call, `add(a=1, b=2)`, or `100 tasks of add`. */
  what: string;
  /** Where it is to be seen. */
  address: string;
}

/** Have the tasks created: one for each of the ids, all or none. Throws RequestFailed. */
export async function create(creation: Creation, ids: string[]): Promise<Created> {
  const { name, args, kwargs, options } = creation;
  const tasks = ids.map((id) => ({ name, args, kwargs, id, ...options }));
  const [only, second] = tasks;
  if (only && !second) {
    const { createTask } = await mutate(CreateTask, only);
    return { what: `${name}(${callText(args, kwargs)})`, address: taskAddress(createTask.id) };
  }
  const { createTasks } = await mutate(CreateTasks, { tasks });
  // All of them were created in the same instant.
  const since = createTasks.tasks[0]?.createdAt ?? "";
  return {
    what: `${ids.length.toLocaleString("en")} tasks of ${name}`,
    address: withSearch({ path: "/", search: new URLSearchParams() }, { name, created: `${since}..` }),
  };
}
