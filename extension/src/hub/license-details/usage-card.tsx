import { useCallback } from "react";

import type { License, LicenseApi, Usage } from "../../common/api/license-api";
import { formatMonth } from "../../common/utc";
import { BarChart } from "../../shared-ui/charts/bar-chart";
import { DataTable, type Column } from "../../shared-ui/components/data-table";
import { DownloadButton } from "../../shared-ui/components/download-button";
import { ExternalLink } from "../../shared-ui/components/external-link";
import { Failure } from "../../shared-ui/components/failure";
import { Pager } from "../../shared-ui/components/pager";
import { Skeleton } from "../../shared-ui/components/skeleton";
import { usePages } from "../../shared-ui/hooks/use-pages";

const POLL_MILLISECONDS = 60_000;

const COLUMNS: readonly Column<Usage>[] = [
  { key: "month", title: "Month", className: "unbroken", render: ({ month }) => formatMonth(month) },
  {
    key: "connection",
    title: "Connection",
    render: ({ connection_name: name }) => (
      <span dir="auto" className="break">
        {name === "" ? "A connection that is gone" : name}
      </span>
    ),
  },
  {
    key: "destination",
    title: "Destination",
    render: ({ destination }) =>
      destination === null ? (
        <span className="quiet">not known yet</span>
      ) : (
        <ExternalLink url={destination}>{destination.replace(/^https?:\/\//, "")}</ExternalLink>
      ),
  },
  { key: "pairs", title: "New pairs", className: "unbroken", render: ({ pairs }) => pairs.toLocaleString() },
];

/** New pairs by month, and by connection. */
export function UsageCard({ api, license }: { readonly api: LicenseApi; readonly license: License }) {
  const bars = license.months.map(({ month, pairs }) => ({ label: formatMonth(month), value: pairs }));
  return (
    <section className="card stack" aria-label="Usage">
      <div className="card-head">
        <h2>Usage</h2>
        <DownloadButton kind="subtle" fileName="adnode-usage.csv" load={() => api.exportUsage()}>
          Export CSV
        </DownloadButton>
      </div>
      <BarChart label="New pairs by month" bars={bars} unit="new pairs" rowTitle="Month" />
      <UsageTable api={api} />
    </section>
  );
}

function UsageTable({ api }: { readonly api: LicenseApi }) {
  const load = useCallback((after: string | null, signal: AbortSignal) => api.listUsage(after, signal), [api]);
  const paged = usePages(load, POLL_MILLISECONDS);
  const { page, error, reload } = paged;
  return (
    <div className="stack-small">
      <h3>By connection and month</h3>
      {error !== null && <Failure error={error} onRetry={reload} />}
      {page === null && error === null && <Skeleton lines={4} label="Loading usage" />}
      {page?.total === 0 && <p className="quiet">No pair has been made yet. Each connection is listed from its first pair on.</p>}
      {page !== null && page.total > 0 && (
        <>
          <DataTable
            label="Usage by connection and month"
            columns={COLUMNS}
            rows={page.items}
            keyOf={({ month, connection_id: id }) => `${month} ${id}`}
          />
          <Pager paged={paged} noun="rows of usage" />
        </>
      )}
    </div>
  );
}
