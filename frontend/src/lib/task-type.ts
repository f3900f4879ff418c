/** What names a task function, and what it says of itself. */
interface Named {
  name: string;
  path: string;
}

/** The name that createTask takes for a type: the short one while it is unique. */
export function callableName(type: Named, types: readonly Named[]): string {
  return types.filter(({ name }) => name === type.name).length > 1 ? type.path : type.name;
}

/** Whether a type is one of those sought by part of its name, its path or its description. */
export function matchesType(type: Named & { description: string }, query: string): boolean {
  const sought = query.trim().toLowerCase();
  return [type.name, type.path, type.description].some((text) => text.toLowerCase().includes(sought));
}
