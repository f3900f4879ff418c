import { Combobox } from "@base-ui/react/combobox";
import { Field } from "@base-ui/react/field";
import { IconDown } from "@/components/icons";
import type { TaskTypesQuery } from "@/gql/operations";
import { callableName, matchesType } from "@/lib/task-type";

export type TaskType = TaskTypesQuery["taskTypes"][number];

interface Props {
  types: TaskType[];
  chosen: TaskType | null;
  onChoose: (type: TaskType | null) => void;
}

/** More in the list would be slow to draw: whoever types finds the others. */
const LISTED_AT_MOST = 100;

/** Choose what to run by typing part of its name or description. */
export function TypePicker({ types, chosen, onChoose }: Props) {
  // Who types the whole name need not choose it from the list as well.
  const chooseExact = (text: string) => {
    const exact = types.find((type) => callableName(type, types) === text.trim());
    if (exact && exact !== chosen) onChoose(exact);
  };
  return (
    <Field.Root className="field">
      <Field.Label className="field-label">Task type</Field.Label>
      <Combobox.Root
        items={types}
        value={chosen}
        onValueChange={onChoose}
        itemToStringLabel={(type) => callableName(type, types)}
        itemToStringValue={({ path }) => path}
        isItemEqualToValue={(one, other) => one.path === other.path}
        onInputValueChange={chooseExact}
        filter={matchesType}
        limit={LISTED_AT_MOST}
        autoHighlight
      >
        <div className="combobox">
          <Combobox.Input className="input" placeholder="Search by name or description" />
          <Combobox.Trigger className="combobox-trigger" aria-label="Show all task types">
            <IconDown />
          </Combobox.Trigger>
        </div>
        <Combobox.Portal>
          <Combobox.Positioner className="popup-positioner" sideOffset={4}>
            <Combobox.Popup className="popup">
              <Combobox.Empty className="popup-empty">No task type matches.</Combobox.Empty>
              <WhereTheOthersAre />
              <Combobox.List className="popup-list" aria-label="Task types">
                {(type: TaskType) => (
                  <Combobox.Item key={type.path} value={type} className="popup-item type-item">
                    <span className="call-name">{callableName(type, types)}</span>
                    <span className="type-description">{type.description.split("\n", 1)[0]}</span>
                  </Combobox.Item>
                )}
              </Combobox.List>
            </Combobox.Popup>
          </Combobox.Positioner>
        </Combobox.Portal>
      </Combobox.Root>
      {chosen?.description && (
        <Field.Description className="field-help">{chosen.description}</Field.Description>
      )}
    </Field.Root>
  );
}

/** Where as many are listed as may be there may be others. */
function WhereTheOthersAre() {
  const listed = Combobox.useFilteredItems<TaskType>();
  if (listed.length < LISTED_AT_MOST) return null;
  return <p className="popup-more">The first {LISTED_AT_MOST} that match. Type more to find others.</p>;
}
