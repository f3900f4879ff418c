import { typeWords } from "@/components/signature-words";
import type { Control } from "@/lib/control";
import { type Edited, ValueField } from "./value-field";

/** One of several types: which, and then its own control. */
export function UnionControl({
  control,
  entry,
  name,
  path,
  errors,
  onChange,
}: Edited<Control & { kind: "union" }>) {
  if (entry.kind !== "union") return null;
  const { chosen, options } = entry;
  const option = control.options[chosen];
  const held = options[chosen];
  if (!option || !held) return null;
  return (
    <div className="union">
      <select
        className="input"
        aria-label={`${name}, type`}
        value={chosen}
        onChange={(event) => onChange({ ...entry, chosen: Number(event.target.value) })}
      >
        {control.options.map((each, index) => (
          <option key={index} value={index}>
            {typeWords(each)}
          </option>
        ))}
      </select>
      <ValueField
        key={chosen}
        control={option}
        entry={held}
        name={name}
        isPart
        path={path}
        errors={errors}
        onChange={(next) => onChange({ ...entry, options: options.with(chosen, next) })}
      />
    </div>
  );
}
