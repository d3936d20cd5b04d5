import type { Dashboard, Latency } from "../../../common/api/dashboard-api";
import { LineChart } from "../../../shared-ui/charts/line-chart";
import type { Series } from "../../../shared-ui/charts/chart-data";
import { Button } from "../../../shared-ui/components/button";
import { useHub } from "../../hub-context";
import { formatLatency } from "./dashboard-logic";

const SHARES = [
  { key: "p50", name: "Half" },
  { key: "p95", name: "95 %" },
  { key: "p99", name: "99 %" },
] as const;

/** How long changes of the partners took until they were written here. */
export function LatencyCard({ dashboard }: { readonly dashboard: Dashboard }) {
  const { latency, days, slowest } = dashboard;
  return (
    <section className="card stack" aria-label="Speed">
      <div className="stack-small">
        <h2>Speed</h2>
        <p className="quiet">
          From a change being sent by the partner to its being written here. The two nodes&apos; clocks may differ a little.
        </p>
      </div>
      {latency === null ? (
        <p className="quiet">Nothing came in during the last seven days.</p>
      ) : (
        <Shares latency={latency} />
      )}
      <div className="chart-columns">
        <LineChart label="Time until a change is written, by day" series={seriesOf(days)} unit="" formatValue={formatLatency} />
        <Slowest slowest={slowest} />
      </div>
    </section>
  );
}

function Shares({ latency }: { readonly latency: Latency }) {
  return (
    <dl className="shares" aria-label="Last seven days">
      {SHARES.map(({ key, name }) => (
        <div key={key}>
          <dt className="quiet small">{name} within</dt>
          <dd className="standing-amount">{formatLatency(latency[key])}</dd>
        </div>
      ))}
    </dl>
  );
}

function Slowest({ slowest }: Pick<Dashboard, "slowest">) {
  const { go } = useHub();
  return (
    <div className="stack-small">
      <h3>Slowest connections, last seven days</h3>
      {slowest.length === 0 && <p className="quiet">None has brought anything in.</p>}
      <ol className="slowest">
        {slowest.map(({ connection_id: id, name, latency, applied }) => (
          <li key={id}>
            <Button kind="link" onClick={() => go(`connections/${id}`)}>
              <span dir="auto" className="break">
                {name}
              </span>
            </Button>
            <span>
              95 % within {formatLatency(latency.p95)} <span className="quiet small">of {applied.toLocaleString()}</span>
            </span>
          </li>
        ))}
      </ol>
    </div>
  );
}

function seriesOf(days: Dashboard["days"]): readonly Series[] {
  const known = days.filter(({ latency }) => latency !== null);
  if (known.length === 0) return [];
  return SHARES.map(({ key, name }) => ({
    name: `${name} within`,
    points: known.map(({ begin, latency }) => ({ at: `${begin}T12:00:00Z`, value: latency?.[key] ?? 0 })),
  }));
}
