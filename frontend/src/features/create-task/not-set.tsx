interface Props {
  name: string;
  set: boolean;
  onChange: (set: boolean) => void;
}

/** Whether a value is given at all. */
export function NotSet({ name, set, onChange }: Props) {
  return (
    <label className="not-set">
      <input
        type="checkbox"
        aria-label={`${name}, not set`}
        checked={!set}
        onChange={(event) => onChange(!event.target.checked)}
      />
      not set
    </label>
  );
}
