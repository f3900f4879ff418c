import type { WorkersScreenQuery } from "@/gql/operations";

export type Worker = WorkersScreenQuery["workers"][number];

/** Those who are there first, each part by its topic's number as the server lists them. */
export function lostLast(workers: readonly Worker[]): Worker[] {
  const isLost = ({ state }: Worker) => state === "LOST";
  return [...workers.filter((worker) => !isLost(worker)), ...workers.filter(isLost)];
}
