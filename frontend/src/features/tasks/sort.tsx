import { IconArrow } from "@/components/icons";
import { go, useAddress, withSearch } from "@/lib/address";
import { type Order, orderLook, orderOf, orderSearch, orderWords, orders, writtenOrder } from "./order";

/** In which order the tasks are listed; each choice goes to the URL. */
export function SortChoice({ order, searching }: { order: Order; searching: boolean }) {
  const address = useAddress();
  if (searching) return <p className="sort quiet">A search lists the newest first.</p>;
  const choose = (written: string) => {
    const chosen = orderOf(new URLSearchParams({ sort: written }));
    go(withSearch(address, orderSearch(chosen)));
  };
  return (
    <label className="sort">
      <span className="quiet">Sort</span>
      <select className="input" value={writtenOrder(order)} onChange={(event) => choose(event.target.value)}>
        {orders.map((each) => (
          <option key={writtenOrder(each)} value={writtenOrder(each)}>
            {orderWords(each)}
          </option>
        ))}
      </select>
    </label>
  );
}

/** The head of the column that the list is sorted by. It turns the order round, but for a search. */
export function SortedHead({ order, searching }: { order: Order; searching: boolean }) {
  const address = useAddress();
  const { label } = orderLook[order.field];
  const turned = { ...order, descending: !order.descending };
  return (
    <th role="columnheader" scope="col" aria-sort={order.descending ? "descending" : "ascending"}>
      {searching ? (
        label
      ) : (
        <>
          <button
            type="button"
            className="sort-turn"
            title={`Sort: ${orderWords(turned)}`}
            onClick={() => go(withSearch(address, orderSearch(turned)))}
          >
            {label}
            <IconArrow />
          </button>
          <span className="sort-word">{label}</span>
        </>
      )}
    </th>
  );
}
