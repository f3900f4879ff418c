import { useCallback, useRef, useState } from "react";
import { IconPlus } from "@/components/icons";
import { Link } from "@/components/link";
import { FailureProblem } from "@/components/problem";
import { takesWords } from "@/components/signature-words";
import { Skeleton } from "@/components/skeleton";
import { TableHead } from "@/components/table-head";
import {
  TaskTypesScreen as TaskTypesQuestion,
  type TaskTypesScreenQuery,
  TypeFigures,
} from "@/gql/operations";
import { go, useAddress, withSearch } from "@/lib/address";
import { parametersOf } from "@/lib/signature";
import { callableName, matchesType } from "@/lib/task-type";
import { useKey } from "@/lib/use-key";
import { useLive } from "@/lib/use-live";
import { useRowKeys } from "@/lib/use-row-keys";
import { useTimed } from "@/lib/use-timed";
import { Figures, type Stats } from "./figures";
import { limitsWords } from "./limits-words";
import { TypeChart } from "./type-chart";

type TaskType = TaskTypesScreenQuery["taskTypes"][number];

const columns = ["Task type", "Takes", "Queue", "Limits", "Last 24 hours", "Actions"];
const DAY = 1_440;

const rowsOf = ({ taskTypes }: TaskTypesScreenQuery) => new Map(taskTypes.map((type) => [type.path, type]));

/** Every task function: what it does, what it takes, and a button that runs it. */
export function TaskTypesScreen() {
  const { data, state, retry } = useLive(TaskTypesQuestion, {}, { rowsOf });
  const figures = useTimed(TypeFigures, data && { minutes: DAY }, data);
  const { search } = useAddress();
  const sought = search.get("q") ?? "";
  const types = data?.taskTypes ?? [];
  const listArea = useRef<HTMLDivElement>(null);
  useRowKeys(listArea);
  const shown = types.filter((type) => matchesType(type, sought));
  return (
    <>
      <h1 tabIndex={-1}>Task types</h1>
      {(state.name === "refused" || (state.name === "reconnecting" && !data)) && (
        <FailureProblem failure={state.failure} retry={retry} />
      )}
      {data === null ? (
        state.name === "loading" && <Skeleton lines={5} />
      ) : types.length === 0 ? (
        <NoTypes />
      ) : (
        <>
          <TypeChart name={search.get("chart")} changed={data} />
          <SearchBox sought={sought} found={shown.length} of={types.length} />
          {shown.length > 0 && (
            <div ref={listArea}>
              <TypeTable
                shown={shown}
                types={types}
                stats={new Map(figures?.taskTypes.map(({ path, stats }) => [path, stats]))}
              />
            </div>
          )}
          {shown.length === 0 && <NothingFound sought={sought} />}
        </>
      )}
    </>
  );
}

/** What is typed is in the URL; one step back leaves the search. */
function SearchBox({ sought, found, of }: { sought: string; found: number; of: number }) {
  const address = useAddress();
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(sought);
  const [said, setSaid] = useState(sought);
  useKey(
    "filter",
    useCallback(() => {
      input.current?.focus();
      input.current?.select();
    }, []),
  );
  // A step back, or a link: the URL says something else than was typed.
  if (sought !== said) {
    setSaid(sought);
    setText(sought);
  }
  const type = (next: string) => {
    setText(next);
    setSaid(next.trim());
    go(withSearch(address, { q: next.trim() || null }), { replace: said !== "" });
  };
  return (
    <search className="types-search">
      <input
        ref={input}
        type="search"
        className="input"
        aria-label="Search task types"
        aria-keyshortcuts="/"
        placeholder="Search by name or description"
        spellCheck={false}
        autoComplete="off"
        value={text}
        onChange={(event) => type(event.target.value)}
      />
      <span className="quiet" role="status">
        {found === of ? `${of} in all` : `${found} of ${of}`}
      </span>
    </search>
  );
}

function NothingFound({ sought }: { sought: string }) {
  const address = useAddress();
  return (
    <div className="empty">
      <p>No task type has “{sought}” in its name, path or description.</p>
      <p>
        <Link href={withSearch(address, { q: null })}>Show every task type</Link>
      </p>
    </div>
  );
}

function NoTypes() {
  return (
    <div className="empty">
      <p>There are no task functions.</p>
      <p>
        One is there once a module <code>tasks</code> of an app that <code>ZONDA_APPS</code> names has a
        function under <code>@task</code>, and Zonda was started again.
      </p>
    </div>
  );
}

interface Table {
  shown: TaskType[];
  types: TaskType[];
  /** By the path of the type; empty until the numbers are there. */
  stats: Map<string, Stats>;
}

function TypeTable({ shown, types, stats }: Table) {
  return (
    <table className="table types-table" role="table" aria-label="Task types">
      <TableHead columns={columns} />
      <tbody role="rowgroup">
        {shown.map((type) => (
          <TypeLine
            key={type.path}
            type={type}
            name={callableName(type, types)}
            stats={stats.get(type.path)}
          />
        ))}
      </tbody>
    </table>
  );
}

/** `name` is what createTask takes for it. */
function TypeLine({ type, name, stats }: { type: TaskType; name: string; stats: Stats | undefined }) {
  const address = useAddress();
  return (
    <tr role="row">
      <th role="rowheader" scope="row" className="cell-type">
        <Link href={`/?name=${encodeURIComponent(name)}`} title={`List the tasks of ${name}`}>
          <span className="call-name">{type.name}</span>
        </Link>
        <span className="type-path">{type.path}</span>
        {type.description && <span className="type-text">{type.description}</span>}
      </th>
      <td role="cell" className="cell-takes">
        <Takes type={type} />
      </td>
      <td role="cell" data-label="Queue">
        <Link href={`/?queue=${encodeURIComponent(type.queue)}`}>{type.queue}</Link>
      </td>
      <td role="cell" data-label="Limits">
        {limitsWords(type)}
      </td>
      <td role="cell" data-label="Last 24 hours">
        {stats && <Figures stats={stats} />}
      </td>
      <td role="cell" className="cell-buttons">
        <Link
          className="button small"
          href={withSearch(address, { create: name })}
          aria-label={`Create a task of ${name}`}
        >
          <IconPlus />
          Create
        </Link>
        <Link
          className="button small"
          href={withSearch(address, { chart: name, reach: "24h" })}
          aria-label={`Chart ${name}`}
        >
          Chart
        </Link>
      </td>
    </tr>
  );
}

function Takes({ type }: { type: TaskType }) {
  const parameters = parametersOf(type.parameters);
  if (parameters.length === 0) return <span className="quiet">no arguments</span>;
  return (
    <ul className="takes" aria-label={`What ${type.name} takes`}>
      {parameters.map((parameter) => (
        <li key={parameter.name}>
          <code>{parameter.name}</code> <span className="quiet">{takesWords(parameter)}</span>
          {parameter.description && <span className="takes-help">{parameter.description}</span>}
        </li>
      ))}
    </ul>
  );
}
