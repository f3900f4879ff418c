import type { APIRequestContext } from "@playwright/test";

/** Ask the API, as a program would; what the test needs to be there is not what it is about. */
export async function api<Data>(
  request: APIRequestContext,
  query: string,
  variables: object = {},
): Promise<Data> {
  const response = await request.post("/graphql", { data: { query, variables } });
  return ((await response.json()) as { data: Data }).data;
}

interface Draft {
  name: string;
  kwargs: object;
  queue?: string;
  priority?: number;
}

/** Create tasks with one request, and return their ids. */
export async function createMany(request: APIRequestContext, tasks: Draft[]): Promise<string[]> {
  const { createTasks } = await api<{ createTasks: { tasks: { id: string }[] } }>(
    request,
    "mutation ($tasks: [TaskInput!]!) { createTasks(tasks: $tasks) { tasks { id } } }",
    { tasks },
  );
  return createTasks.tasks.map(({ id }) => id);
}

/** Create one task, and return its id. */
export async function created(request: APIRequestContext, name: string, kwargs: object, queue = "default") {
  const [id] = await createMany(request, [{ name, kwargs, queue }]);
  return id!;
}

/** A queue of this run only: the record may hold tasks of earlier ones. */
export const ownQueue = (name: string) => `${name}-${Date.now()}`;

/** A queue of this run only, from which nothing is run before it is let go: by then the page may be there. */
export async function heldQueue(request: APIRequestContext, name: string) {
  const queue = ownQueue(name);
  await api(request, "mutation ($queue: String!) { pauseQueue(name: $queue) { name } }", { queue });
  const letGo = () =>
    api(request, "mutation ($queue: String!) { resumeQueue(name: $queue) { name } }", { queue });
  return { queue, letGo };
}
