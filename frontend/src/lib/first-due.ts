/** When a task could first have started: as it was created, or at the time it asked for where that is later. */
export function firstDue({ createdAt, runAfter }: { createdAt: string; runAfter: string | null }): string {
  return laterOf(createdAt, runAfter);
}

/** The later of two instants as the API gives them. */
export function laterOf(one: string, other: string | null): string {
  return other !== null && Date.parse(other) > Date.parse(one) ? other : one;
}
