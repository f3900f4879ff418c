import { Throughput, reachOf } from "@/components/throughput";
import { go, useAddress, withSearch } from "@/lib/address";
import type { Filter } from "./filter";

/** The charts, closed until asked for; the URL says so. Where the list has one queue or one task function, theirs. */
export function ThroughputFold({ filter, changed }: { filter: Filter; changed: unknown }) {
  const address = useAddress();
  const reach = reachOf(address.search, "chart");
  const queue = filter.queue.length === 1 ? filter.queue[0] : undefined;
  const name = filter.name.length === 1 ? filter.name[0] : undefined;
  const fold = (event: React.MouseEvent) => {
    event.preventDefault();
    go(withSearch(address, { chart: reach === null ? "1h" : null }), { replace: true });
  };
  return (
    <details className="fold" open={reach !== null}>
      <summary onClick={fold}>
        Charts{queue !== undefined && ` of queue ${queue}`}
        {name !== undefined && ` of ${name}`}
      </summary>
      {reach && <h2 className="unseen">Charts</h2>}
      {reach && <Throughput reach={reach} parameter="chart" queue={queue} name={name} changed={changed} />}
    </details>
  );
}
