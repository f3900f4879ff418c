import { useEffect, useRef, useState } from "react";
import { callText } from "@/components/call";
import { Problem } from "@/components/problem";
import { CreateTask, type TaskToRepeatQuery } from "@/gql/operations";
import { type Failure, failureOf } from "@/lib/failure";
import { mutate } from "@/lib/graphql";
import { printJson } from "@/lib/json";
import { newId } from "@/lib/new-id";
import { type Draft, draftOf, freshDraft, readDraft } from "./draft";
import { OptionFields } from "./option-fields";
import { type OptionErrors, checkOptions, noOptions, optionVariables, optionsOf } from "./options";
import { ParameterField } from "./parameter-field";
import { parametersOf } from "./signature";
import type { TaskType } from "./type-picker";

export interface CreatedTask {
  id: string;
  /** As one would write the call, `add(a=1, b=2)`. */
  call: string;
}

export type Repeated = NonNullable<TaskToRepeatQuery["task"]>;

interface Props {
  type: TaskType;
  /** The task that is to run again: the form opens with what it was given. */
  repeated: Repeated | null;
  /** The name that createTask takes. */
  name: string;
  onCreated: (task: CreatedTask, then: { open: boolean }) => void;
}

/** The form of one task type, made from its signature. */
export function CreateForm({ type, repeated, name, onCreated }: Props) {
  const [parameters] = useState(() => parametersOf(type.parameters));
  const [draft, setDraft] = useState<Draft>(() =>
    repeated ? draftOf(parameters, repeated) : freshDraft(parameters),
  );
  const [errors, setErrors] = useState<Record<string, string>>({});
  const [options, setOptions] = useState(() => (repeated ? optionsOf(repeated, type) : noOptions));
  const [optionErrors, setOptionErrors] = useState<OptionErrors>({});
  const [optionsOpen, setOptionsOpen] = useState(
    () => options !== noOptions && Object.values(options).some(Boolean),
  );
  const [failure, setFailure] = useState<Failure | null>(null);
  const [sending, setSending] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const given = useRef({ content: "", id: "" });

  useEffect(() => {
    form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
  }, [errors, optionErrors]);

  const refuse = (next: Record<string, string>, nextOptions: OptionErrors) => {
    setErrors(next);
    setOptionErrors(nextOptions);
    if (Object.keys(nextOptions).length > 0) setOptionsOpen(true);
  };

  const fail = (next: Failure) => {
    const parameter = next.kind === "refused" ? next.parameter : null;
    const isOurs = parameters.some((each) => each.name === parameter);
    if (next.kind === "refused" && parameter !== null && isOurs) refuse({ [parameter]: next.message }, {});
    else setFailure(next);
  };

  const submit = async (event: React.SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (sending) return;
    const { submitter } = event.nativeEvent;
    const open = submitter?.dataset["then"] === "open";
    const reading = readDraft(parameters, draft);
    const wrongOptions = checkOptions(options);
    setFailure(null);
    refuse("errors" in reading ? reading.errors : {}, wrongOptions);
    if ("errors" in reading || Object.keys(wrongOptions).length > 0) return;

    const content = { name, ...reading.content, ...optionVariables(options) };
    setSending(true);
    try {
      const id = options.id || idFor(printJson(content));
      const { createTask } = await mutate(CreateTask, { ...content, id });
      onCreated({ id: createTask.id, call: `${name}(${callText(content.args, content.kwargs)})` }, { open });
    } catch (error) {
      fail(failureOf(error));
    } finally {
      setSending(false);
    }
  };

  /** The same content sent again after no answer keeps its id, so that it makes one task. */
  const idFor = (content: string) => {
    if (given.current.content !== content) given.current = { content, id: newId() };
    return given.current.id;
  };

  return (
    <form ref={form} className="form" noValidate onSubmit={(event) => void submit(event)}>
      {parameters.length === 0 && <p className="quiet">It takes no arguments.</p>}
      {parameters.map((parameter) => (
        <ParameterField
          key={parameter.name}
          parameter={parameter}
          entry={draft[parameter.name] ?? { text: "", set: false }}
          error={errors[parameter.name]}
          onChange={(entry) => setDraft({ ...draft, [parameter.name]: entry })}
        />
      ))}
      <OptionFields
        options={options}
        errors={optionErrors}
        type={type}
        open={optionsOpen}
        onOpenChange={setOptionsOpen}
        onChange={setOptions}
      />
      {failure && <CreateProblem failure={failure} />}
      <div className="form-actions">
        <button type="submit" className="button primary" aria-disabled={sending}>
          Create
        </button>
        <button type="submit" className="button" data-then="open" aria-disabled={sending}>
          Create and open
        </button>
      </div>
    </form>
  );
}

function CreateProblem({ failure }: { failure: Failure }) {
  if (failure.kind === "refused")
    return <Problem title={`The server refused it (${failure.code}).`}>{failure.message}</Problem>;
  return (
    <Problem
      title={
        failure.kind === "broken" ? `The server answered ${failure.status}.` : "The server did not answer."
      }
    >
      It is not known whether the task was created. Press Create again: the same id goes with it, so nothing
      is created twice.
    </Problem>
  );
}
