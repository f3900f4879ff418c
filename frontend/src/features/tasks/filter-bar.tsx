import { Autocomplete } from "@base-ui/react/autocomplete";
import { useCallback, useEffect, useRef, useState } from "react";
import { IconCross, IconSearch } from "@/components/icons";
import { Clock } from "@/components/instant";
import { Link } from "@/components/link";
import { Misread } from "@/components/misread";
import { FilterChoices, type FilterChoicesQuery } from "@/gql/operations";
import { go, unknownIn, useAddress, withSearch } from "@/lib/address";
import { ask } from "@/lib/graphql";
import { useKey } from "@/lib/use-key";
import { useLater } from "@/lib/use-later";
import { type Filter, type ListKey, filterSearch, isFiltered, listKeys, misreadIn, noFilter } from "./filter";
import { readText, withoutValue } from "./filter-text";
import { taskOrders } from "./order";
import { PARAMETERS } from "./place";
import { type Suggestion, suggestionsFor } from "./suggestions";

/** A search begins once nobody has typed for so long, in milliseconds. */
const PAUSE = 300;
/** Behind every character that can be searched for. */
const LAST = 1_000;

interface Props {
  filter: Filter;
  /** Suggestions are open, or something stands half typed. */
  onAsking: (asking: boolean) => void;
}

/** What is listed, as pills and words; each change goes to the URL, and what the URL says stands here. */
export function FilterBar({ filter, onAsking }: Props) {
  const address = useAddress();
  const input = useRef<HTMLInputElement>(null);
  const highlighted = useRef(false);
  const typed = useRef(filter.search);
  const [text, setText] = useState(filter.search);
  const [said, setSaid] = useState(filter.search);
  const [error, setError] = useState<string | null>(null);
  const [open, setOpen] = useState(false);
  const { choices, wanted } = useChoices();
  // A kind of failure is known by its message, not by its key.
  const unnamed = filter.failure.length > 0 && choices === null;
  useEffect(() => {
    if (unnamed) wanted();
  }, [unnamed, wanted]);
  useKey(
    "filter",
    useCallback(() => {
      input.current?.focus();
      input.current?.setSelectionRange(LAST, LAST);
    }, []),
  );

  // A step back, or a link: the URL says something else than was typed.
  if (filter.search !== said) {
    setSaid(filter.search);
    setText(filter.search);
    setError(null);
  }

  const misread = [
    ...misreadIn(address.search),
    ...taskOrders.misread(address.search),
    ...unknownIn(address.search, PARAMETERS),
  ];
  const asking = open || text !== filter.search;
  useEffect(() => onAsking(asking), [asking, onAsking]);

  const show = (next: Filter, { replace = false } = {}) => {
    setSaid(next.search);
    go(withSearch(address, filterSearch(next)), { replace });
  };
  const search = useLater((words: string) => {
    // One step back leaves a search, however many keys it took to type.
    if (words !== filter.search) show({ ...filter, search: words }, { replace: filter.search !== "" });
  }, PAUSE);

  const read = (typed: string, done: boolean) => {
    const reading = readText(typed, filter, { done, now: Date.now() });
    setText(reading.rest);
    setError(reading.error);
    const next = { ...reading.filter, search: reading.search };
    if (done || reading.filter !== filter) {
      search.stop();
      if (JSON.stringify(next) !== JSON.stringify(filter)) show(next);
    } else search.start(reading.search);
  };

  const press = (event: React.KeyboardEvent<HTMLInputElement>) => {
    if (event.key === "Enter" && !highlighted.current) {
      read(text, true);
      setOpen(false);
    }
    if (event.key === "Backspace" && text === "") {
      const key = listKeys.findLast((each) => filter[each].length > 0);
      if (key) show(withoutValue(filter, key, filter[key].at(-1)!));
    }
  };

  return (
    <search className="filter">
      <div className="filter-box">
        <IconSearch />
        <Pills filter={filter} choices={choices} />
        <Autocomplete.Root
          items={suggestionsFor(text, choices)}
          mode="none"
          value={text}
          onValueChange={(next) => {
            typed.current = next;
            read(next, false);
            if (next.endsWith(":")) setOpen(true);
          }}
          itemToStringValue={(suggestion: Suggestion) => suggestion.text}
          openOnInputClick
          open={open}
          onOpenChange={(next, { reason }) => {
            // After a key its values are offered at once.
            if (next || reason !== "item-press" || !typed.current.endsWith(":")) setOpen(next);
          }}
          onItemHighlighted={(item) => (highlighted.current = item !== undefined)}
        >
          <Autocomplete.Input
            ref={input}
            className="filter-input"
            aria-label="Search and filter"
            aria-invalid={error !== null}
            aria-describedby={error ? "filter-error" : undefined}
            aria-keyshortcuts="/"
            placeholder={isFiltered(filter) ? "" : "Search, or filter: status:failed queue:mail created:>-2h"}
            spellCheck={false}
            autoComplete="off"
            onFocus={wanted}
            onKeyDown={press}
          />
          <Autocomplete.Portal>
            <Autocomplete.Positioner className="popup-positioner" sideOffset={8} align="start">
              <Autocomplete.Popup className="popup filter-popup">
                <Autocomplete.List className="popup-list" aria-label="Filters">
                  {(suggestion: Suggestion) => (
                    <Autocomplete.Item key={suggestion.text} value={suggestion} className="popup-item">
                      <span className="call-name">{suggestion.label}</span>
                      <span className="quiet">{suggestion.help}</span>
                    </Autocomplete.Item>
                  )}
                </Autocomplete.List>
              </Autocomplete.Popup>
            </Autocomplete.Positioner>
          </Autocomplete.Portal>
        </Autocomplete.Root>
        {isFiltered(filter) && (
          <Link
            className="filter-clear"
            href={withSearch(address, filterSearch(noFilter))}
            onClick={() => input.current?.focus()}
          >
            Clear
          </Link>
        )}
      </div>
      {error && (
        <p id="filter-error" className="field-error" role="alert">
          {error}
        </p>
      )}
      <Misread misread={misread} />
    </search>
  );
}

function Pills({ filter, choices }: { filter: Filter; choices: FilterChoicesQuery | null }) {
  const address = useAddress();
  const without = (next: Filter) => withSearch(address, filterSearch(next));
  const { createdAfter, createdBefore } = filter;
  const values = listKeys.flatMap((key) => filter[key].map((value) => ({ key, value })));
  if (values.length === 0 && !createdAfter && !createdBefore) return null;
  return (
    <ul className="pills" aria-label="Filters that are set">
      {values.map(({ key, value }) => {
        const shown = shownValue(key, value, choices);
        return (
          <Pill
            key={`${key}:${value}`}
            name={`${key}: ${shown}`}
            href={without(withoutValue(filter, key, value))}
          >
            {key}: <b>{shown}</b>
          </Pill>
        );
      })}
      {createdAfter && (
        <Pill name="created since" href={without({ ...filter, createdAfter: null })}>
          created since{" "}
          <b>
            <Clock at={createdAfter} />
          </b>
        </Pill>
      )}
      {createdBefore && (
        <Pill name="created before" href={without({ ...filter, createdBefore: null })}>
          created before{" "}
          <b>
            <Clock at={createdBefore} />
          </b>
        </Pill>
      )}
    </ul>
  );
}

function Pill({ name, href, children }: { name: string; href: string; children: React.ReactNode }) {
  return (
    <li className="pill">
      <span>{children}</span>
      <Link className="pill-remove" href={href} aria-label={`Remove ${name}`}>
        <IconCross />
      </Link>
    </li>
  );
}

function shownValue(key: ListKey, value: string, choices: FilterChoicesQuery | null): string {
  switch (key) {
    case "status":
    case "reason":
      return value.toLowerCase();
    case "failure":
      return choices?.failureGroups.find((group) => group.key === value)?.title ?? `${value.slice(0, 8)}…`;
    default:
      return value;
  }
}

/** What the bar can suggest, asked for once somebody wants to filter. */
function useChoices() {
  const [choices, setChoices] = useState<FilterChoicesQuery | null>(null);
  // Without suggestions the bar works as well; the live query says when the server is away.
  const wanted = useCallback(() => {
    ask(FilterChoices, {}).then(
      (answer) => answer && setChoices(answer.data),
      () => {},
    );
  }, []);
  return { choices, wanted };
}
