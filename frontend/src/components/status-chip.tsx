import type { TaskStatus } from "@/gql/operations";
import { statusLook } from "./status-look";

export function StatusChip({ status }: { status: TaskStatus }) {
  const { label, icon: Icon, tone } = statusLook[status];
  return (
    <span className={`chip tone-${tone}`}>
      <Icon />
      {label}
    </span>
  );
}
