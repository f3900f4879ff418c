import { useRef } from "react";
import { IconPlus } from "@/components/icons";
import { Link } from "@/components/link";
import { Misread } from "@/components/misread";
import { NoTaskTypes } from "@/components/no-task-types";
import { PageLinks } from "@/components/page-links";
import { FailureProblem } from "@/components/problem";
import { SearchBox } from "@/components/search-box";
import { takesWords } from "@/components/signature-words";
import { Skeleton } from "@/components/skeleton";
import { TableHead } from "@/components/table-head";
import {
  TaskTypesScreen as TaskTypesQuestion,
  type TaskTypesScreenQuery,
  TypeFigures,
} from "@/gql/operations";
import { unknownIn, useAddress, withSearch } from "@/lib/address";
import { type ListPage, numberedPage } from "@/lib/list-page";
import { parametersOf } from "@/lib/signature";
import { callableName, matchesType } from "@/lib/task-type";
import { useLive } from "@/lib/use-live";
import { useRowKeys } from "@/lib/use-row-keys";
import { useTimed } from "@/lib/use-timed";
import { useTurn } from "@/lib/use-turn";
import { Figures, type Stats } from "./figures";
import { limitsWords } from "./limits-words";
import { TypeChart } from "./type-chart";

type TaskType = TaskTypesScreenQuery["taskTypes"][number];

const columns = ["Task type", "Takes", "Queue", "Limits", "Last 24 hours", "Actions"];
const DAY = 1_440;
const PARAMETERS = ["q", "page", "chart", "reach"];

const rowsOf = ({ taskTypes }: TaskTypesScreenQuery) => new Map(taskTypes.map((type) => [type.path, type]));

/** Every task function: what it does, what it takes, and a button that runs it. */
export function TaskTypesScreen() {
  const { data, state, retry } = useLive(TaskTypesQuestion, {}, { rowsOf });
  const figures = useTimed(TypeFigures, data && { minutes: DAY }, data);
  const address = useAddress();
  const { search } = address;
  const sought = search.get("q") ?? "";
  const types = data?.taskTypes ?? [];
  const chart = search.get("chart");
  const charted = types.some(({ name }) => name === chart) ? chart : null;
  const listArea = useRef<HTMLDivElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const turn = useTurn(heading);
  useRowKeys(listArea);
  const fitting = types.filter((type) => matchesType(type, sought));
  const page = numberedPage(address, fitting.length);
  return (
    <>
      <h1 ref={heading} tabIndex={-1}>
        Task types
      </h1>
      {(state.name === "refused" || (state.name === "reconnecting" && !data)) && (
        <FailureProblem failure={state.failure} retry={retry} />
      )}
      {data === null ? (
        state.name === "loading" && <Skeleton lines={5} />
      ) : types.length === 0 ? (
        <NoTaskTypes />
      ) : (
        <>
          <Misread
            misread={[
              ...unknownIn(search, PARAMETERS),
              ...(chart === null || charted ? [] : [`the charts of ${chart}`]),
            ]}
          />
          <TypeChart name={charted} changed={data} />
          <div className="above-list">
            <SearchBox
              sought={sought}
              label="Search task types"
              placeholder="Search by name or description"
              found={foundWords(fitting.length, types.length)}
              place={["page"]}
            />
            <PageLinks label="Pages" page={page} onTurn={turn} />
          </div>
          {fitting.length > 0 ? (
            <div ref={listArea}>
              <TypeTable
                fitting={fitting}
                page={page}
                types={types}
                stats={new Map(figures?.taskTypes.map(({ path, stats }) => [path, stats]))}
              />
            </div>
          ) : (
            <NothingFound sought={sought} />
          )}
          <PageLinks label="Pages, below the list" page={page} onTurn={turn} />
        </>
      )}
    </>
  );
}

function foundWords(found: number, of: number): string {
  if (found < of) return `${found.toLocaleString("en")} of ${of.toLocaleString("en")}`;
  return of === 1 ? "1 type" : `${of.toLocaleString("en")} types`;
}

function NothingFound({ sought }: { sought: string }) {
  const address = useAddress();
  return (
    <div className="empty">
      <p>No task type has “{sought}” in its name, path or description.</p>
      <p>
        <Link href={withSearch(address, { q: null, page: null })}>Show every task type</Link>
      </p>
    </div>
  );
}

interface Table {
  fitting: TaskType[];
  /** Which of them are shown. */
  page: ListPage;
  types: TaskType[];
  /** By the path of the type; empty until the numbers are there. */
  stats: Map<string, Stats>;
}

function TypeTable({ fitting, page, types, stats }: Table) {
  return (
    // The head is a row as well.
    <table
      className="table types-table"
      role="table"
      aria-label="Task types"
      aria-rowcount={fitting.length + 1}
    >
      <TableHead columns={columns} />
      <tbody role="rowgroup">
        {fitting.slice(page.start, page.end).map((type, at) => (
          <TypeLine
            key={type.path}
            type={type}
            index={page.start + at + 2}
            name={callableName(type, types)}
            stats={stats.get(type.path)}
          />
        ))}
      </tbody>
    </table>
  );
}

interface Line {
  type: TaskType;
  /** Its number among all rows of the table, of which the head is 1. */
  index: number;
  /** What createTask takes for it. */
  name: string;
  stats: Stats | undefined;
}

function TypeLine({ type, index, name, stats }: Line) {
  const address = useAddress();
  return (
    <tr role="row" aria-rowindex={index}>
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
          aria-label={`Charts of ${name}`}
        >
          Charts
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
