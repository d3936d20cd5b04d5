import { useCallback } from "react";

import type { SyncedChange, TwinsApi } from "../../common/api/twins-api";
import { formatMoment } from "../../common/times";
import { DataTable, type Column } from "../../shared-ui/components/data-table";
import { Failure } from "../../shared-ui/components/failure";
import { Pager } from "../../shared-ui/components/pager";
import { Skeleton } from "../../shared-ui/components/skeleton";
import { usePages } from "../../shared-ui/hooks/use-pages";
import { describeDirection, describeMore, describeValue } from "./twin-words";

const INTERVAL_MILLISECONDS = 5_000;

const COLUMNS: readonly Column<SyncedChange>[] = [
  { key: "at", title: "Time", render: ({ at }) => formatMoment(at) },
  { key: "direction", title: "Direction", render: ({ direction }) => describeDirection(direction) },
  { key: "values", title: "What changed", render: (change) => <Values change={change} /> },
];

interface HistorySectionProps {
  readonly api: TwinsApi;
  readonly id: string;
}

/** What went back and forth, the newest first. */
export function HistorySection({ api, id }: HistorySectionProps) {
  const load = useCallback((after: string | null, signal: AbortSignal) => api.listHistory(id, after, signal), [api, id]);
  const paged = usePages(load, INTERVAL_MILLISECONDS);
  const { page, error, reload } = paged;
  if (error !== null && page === null) return <Failure error={error} onRetry={reload} />;
  if (page === null) return <Skeleton lines={4} label="Loading the history" />;
  if (page.total === 0) return <p className="quiet">Nothing has been exchanged within the last 30 days.</p>;
  return (
    <>
      <DataTable label="History" columns={COLUMNS} rows={page.items} keyOf={(change) => change.id} />
      <Pager paged={paged} noun="changes" />
    </>
  );
}

function Values({ change }: { readonly change: SyncedChange }) {
  const more = describeMore(change);
  return (
    <ul className="history-values">
      {change.values.map((value, index) => {
        const { about, text } = describeValue(value);
        return (
          <li key={index}>
            <span dir="auto">{about}</span>
            {text !== "" && ": "}
            <bdi className="quiet">{text}</bdi>
          </li>
        );
      })}
      {more !== "" && <li className="quiet">{more}</li>}
    </ul>
  );
}
