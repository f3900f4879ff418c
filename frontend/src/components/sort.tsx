import { IconArrow } from "@/components/icons";
import { go, useAddress, withSearch } from "@/lib/address";
import type { ListOrder, ListOrders } from "@/lib/list-order";

interface Choice<Field extends string> {
  orders: ListOrders<Field>;
  order: ListOrder<Field>;
}

/** In which order the list stands; each choice goes to the URL. */
export function SortChoice<Field extends string>({ orders, order }: Choice<Field>) {
  const address = useAddress();
  const choose = (written: string) => {
    const chosen = orders.of(new URLSearchParams({ sort: written }));
    go(withSearch(address, orders.search(chosen)));
  };
  return (
    <label className="sort">
      <span className="quiet">Sort</span>
      <select
        className="input"
        value={orders.written(order)}
        onChange={(event) => choose(event.target.value)}
      >
        {orders.all.map((each) => (
          <option key={orders.written(each)} value={orders.written(each)}>
            {orders.words(each)}
          </option>
        ))}
      </select>
    </label>
  );
}

interface Head<Field extends string> extends Choice<Field> {
  /** What the column shows. */
  field: Field;
}

/** The head of a column that the list can be sorted by: it sorts by it, or turns the order round. */
export function SortHead<Field extends string>({ orders, order, field }: Head<Field>) {
  const address = useAddress();
  const { label } = orders.looks[field];
  const isSorted = order.field === field;
  const next = isSorted ? orders.turned(order) : orders.first(field);
  return (
    <th
      role="columnheader"
      scope="col"
      aria-sort={isSorted ? (order.descending ? "descending" : "ascending") : undefined}
    >
      <button
        type="button"
        className="sort-turn"
        title={`Sort: ${orders.words(next)}`}
        onClick={() => go(withSearch(address, orders.search(next)))}
      >
        {label}
        <IconArrow />
      </button>
      <span className="sort-word">{label}</span>
    </th>
  );
}
