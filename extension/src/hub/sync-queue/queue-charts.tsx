import { useCallback, useMemo, useState } from "react";

import type { QueueApi, QueueHistory, QueueSample } from "../../common/api/queue-api";
import { LineChart } from "../../shared-ui/charts/line-chart";
import { OutOfDate } from "../../shared-ui/components/out-of-date";
import { SelectField } from "../../shared-ui/components/select-field";
import { Skeleton } from "../../shared-ui/components/skeleton";
import { useLive } from "../../shared-ui/hooks/use-live";
import { scaleOfAge } from "./age-scale";

const INTERVAL_MILLISECONDS = 60_000;
const HEIGHT = 150;
const SPANS = [
  { value: "1", title: "Last hour" },
  { value: "6", title: "Last 6 hours" },
  { value: "24", title: "Last 24 hours" },
  { value: "168", title: "Last 7 days" },
];

interface QueueChartsProps {
  readonly api: QueueApi;
  readonly connection: string;
  readonly isPaused: boolean;
}

/** How the queue was: how much waited, for how long, and how much went through. */
export function QueueCharts({ api, connection, isPaused }: QueueChartsProps) {
  const [hours, setHours] = useState("6");
  const load = useCallback(
    (signal: AbortSignal) => api.readHistory(Number(hours), connection, signal),
    [api, hours, connection],
  );
  const { value, error, reload } = useLive(load, isPaused ? null : INTERVAL_MILLISECONDS);
  return (
    <section className="card stack-small" aria-label="The queue over time">
      <div className="row queue-charts-head">
        <h2 className="minor">The queue over time</h2>
        <SelectField label="Time" value={hours} choices={SPANS} onChange={setHours} />
      </div>
      <OutOfDate error={error} onRetry={reload} />
      {value === null && error === null && <Skeleton lines={5} label="Loading the charts" />}
      {value !== null && <Charts history={value} />}
    </section>
  );
}

function Charts({ history }: { readonly history: QueueHistory }) {
  const scale = useMemo(() => scaleOfAge([...history.outgoing, ...history.incoming]), [history]);
  const depth = useSeries(history, depthOf);
  const age = useSeries(history, scale.read);
  const perMinute = useCallback((sample: QueueSample) => sample.settled / history.minutes_each, [history]);
  const throughput = useSeries(history, perMinute);
  return (
    <div className="queue-charts">
      <LineChart label="Events that wait" series={depth} unit="events" height={HEIGHT} />
      <LineChart label={`Age of the oldest, in ${scale.unit}`} series={age} unit={scale.unit} height={HEIGHT} />
      <LineChart label="Finished each minute" series={throughput} unit="events a minute" height={HEIGHT} />
    </div>
  );
}

function depthOf(sample: QueueSample): number {
  return sample.depth;
}

function useSeries(history: QueueHistory, read: (sample: QueueSample) => number) {
  return useMemo(() => {
    const points = (samples: readonly QueueSample[]) => samples.map((sample) => ({ at: sample.at, value: read(sample) }));
    const [outgoing, incoming] = [points(history.outgoing), points(history.incoming)];
    return [
      { name: "Outgoing", points: outgoing },
      { name: "Incoming", points: incoming },
    ];
  }, [history, read]);
}
