import { useEffect, useRef, useState } from "react";
import { Problem } from "@/components/problem";
import type { TaskToRepeatQuery } from "@/gql/operations";
import { type Argument, type Failure, failureOf } from "@/lib/failure";
import { printJson } from "@/lib/json";
import { newId } from "@/lib/new-id";
import { type Parameter, parametersOf } from "@/lib/signature";
import { CallTabs, FORM } from "./call-tabs";
import { type Created, type Creation, create } from "./creation";
import { type Draft, draftOf, freshDraft } from "./draft";
import { fieldEntry } from "./entry";
import { type FormErrors, allErrors, isAnyWrong, noErrors, readForm } from "./form";
import { HowManyField } from "./how-many-field";
import { type Left, formKey, leftForms } from "./left";
import { OptionFields } from "./option-fields";
import { noOptions, optionsOf } from "./options";
import type { TaskType } from "./type-picker";
import { NamedField } from "./value-field";

export type Repeated = NonNullable<TaskToRepeatQuery["task"]>;

interface Props {
  type: TaskType;
  /** The task that is to run again: the form opens with what it was given. */
  repeated: Repeated | null;
  /** The name that createTask takes. */
  name: string;
  /** Where the tabs stand. */
  tabsPlace: HTMLElement | null;
  onCreated: (created: Created, then: { open: boolean }) => void;
}

/** The form of one task type, made from its signature. */
export function CreateForm({ type, repeated, name, tabsPlace, onCreated }: Props) {
  const [parameters] = useState(() => parametersOf(type.parameters));
  // What a task is to run again with begins as that was given it.
  const [key] = useState(() => (repeated ? null : formKey(type.path, type.parameters)));
  const [left, setLeft] = useState(() => (key === null ? null : (leftForms.get(key) ?? null)));
  const [begun] = useState<Left>(() => ({
    draft: repeated ? draftOf(parameters, repeated) : freshDraft(parameters),
    options: repeated ? optionsOf(repeated, type) : noOptions,
    howMany: "1",
  }));
  const [draft, setDraft] = useState<Draft>((left ?? begun).draft);
  const [options, setOptions] = useState((left ?? begun).options);
  const [howMany, setHowMany] = useState((left ?? begun).howMany);
  const [errors, setErrors] = useState(noErrors);
  const [tab, setTab] = useState(FORM);
  const [optionsOpen, setOptionsOpen] = useState(
    () => options !== noOptions && Object.values(options).some(Boolean),
  );
  const [failure, setFailure] = useState<Failure | null>(null);
  const [sending, setSending] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const given = useRef<{ content: string; ids: string[] }>({ content: "", ids: [] });
  const reading = readForm(name, parameters, { draft, options, howMany });

  useEffect(() => {
    form.current?.querySelector<HTMLElement>("[aria-invalid=true], .group-error")?.focus();
  }, [errors]);

  useEffect(() => {
    const isTouched = draft !== begun.draft || options !== begun.options || howMany !== begun.howMany;
    if (key && isTouched) leftForms.set(key, { draft, options, howMany });
  }, [key, begun, draft, options, howMany]);

  const beginAfresh = () => {
    if (key) leftForms.delete(key);
    setLeft(null);
    setDraft(begun.draft);
    setOptions(begun.options);
    setHowMany(begun.howMany);
    setErrors(noErrors);
  };

  const refuse = (next: FormErrors) => {
    if (isAnyWrong(next)) setTab(FORM);
    setErrors(next);
    if (Object.keys(next.options).length > 0) setOptionsOpen(true);
  };

  const fail = (next: Failure) => {
    const place = next.kind === "refused" && next.argument ? placeOf(next.argument, parameters) : null;
    if (next.kind === "refused" && place !== null)
      refuse({ ...noErrors, arguments: { [place]: next.argument?.why ?? next.message } });
    else setFailure(next);
  };

  const submit = async (event: React.SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (sending) return;
    const { submitter } = event.nativeEvent;
    const open = submitter?.dataset["then"] === "open";
    setFailure(null);
    refuse("errors" in reading ? reading.errors : noErrors);
    if ("errors" in reading) return;

    setSending(true);
    try {
      const created = await create(reading.creation, idsFor(reading.creation));
      if (key) leftForms.delete(key);
      onCreated(created, { open });
    } catch (error) {
      fail(failureOf(error));
    } finally {
      setSending(false);
    }
  };

  /** What is sent again after no answer keeps its ids, so that nothing is created twice. */
  const idsFor = (creation: Creation) => {
    const content = printJson({ ...creation });
    if (given.current.content !== content)
      given.current = { content, ids: Array.from({ length: creation.count }, () => newId()) };
    return given.current.ids;
  };

  return (
    <form ref={form} className="form" noValidate onSubmit={(event) => void submit(event)}>
      <CallTabs
        place={tabsPlace}
        shown={tab}
        onShow={setTab}
        call={"errors" in reading ? { errors: allErrors(reading.errors) } : reading}
      >
        {left && (
          <p className="quiet">
            As you left it.{" "}
            <button type="button" className="button small" onClick={beginAfresh}>
              Begin afresh
            </button>
          </p>
        )}
        {parameters.length === 0 && <p className="quiet">It takes no arguments.</p>}
        {parameters.map((parameter) => (
          <NamedField
            key={parameter.name}
            field={parameter}
            optional={isOptional(parameter)}
            entry={draft[parameter.name] ?? fieldEntry(parameter)}
            path={parameter.name}
            errors={errors.arguments}
            onChange={(entry) => setDraft((before) => ({ ...before, [parameter.name]: entry }))}
          />
        ))}
        <HowManyField text={howMany} error={errors.howMany} onChange={setHowMany} />
        <OptionFields
          options={options}
          errors={errors.options}
          type={type}
          open={optionsOpen}
          onOpenChange={setOptionsOpen}
          onChange={setOptions}
        />
      </CallTabs>
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

/** Where in the form the server's refusal belongs; null when in none of its fields. */
function placeOf({ parameter, at }: Argument, parameters: Parameter[]): string | null {
  // Which value of a dict it was is not said.
  const [inside = ""] = at.split(/\[\.\.\.\]|\[key\]/, 1);
  if (parameters.some(({ name }) => name === parameter)) return parameter + inside;
  return parameters.find(({ passing }) => passing === "more-names")?.name ?? null;
}

function isOptional({ required, passing }: Parameter): boolean {
  return !required && passing !== "more-positions" && passing !== "more-names";
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
      It is not known whether anything was created. Press Create again: the same ids go with it, so nothing is
      created twice.
    </Problem>
  );
}
