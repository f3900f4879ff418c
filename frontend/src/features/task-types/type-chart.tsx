import { IconCross } from "@/components/icons";
import { Link } from "@/components/link";
import { Throughput, reachOf } from "@/components/throughput";
import { useAddress, withSearch } from "@/lib/address";

/** The charts of the one task type that the URL names; nothing where it names none. */
export function TypeChart({ name, changed }: { name: string | null; changed: unknown }) {
  const address = useAddress();
  if (name === null) return null;
  return (
    <section aria-label={`Charts of ${name}`}>
      <div className="chart-head">
        <h2>
          Charts of <span className="call-name">{name}</span>
        </h2>
        <Link
          className="button icon-button"
          href={withSearch(address, { chart: null, reach: null })}
          aria-label={`Close the charts of ${name}`}
        >
          <IconCross />
        </Link>
      </div>
      <Throughput
        key={name}
        reach={reachOf(address.search, "reach") ?? "24h"}
        parameter="reach"
        name={name}
        changed={changed}
      />
    </section>
  );
}
