import { useCallback, useMemo } from "react";

import type { HeldItem, LicenseApi } from "../../common/api/license-api";
import { formatMoment } from "../../common/times";
import { Button } from "../../shared-ui/components/button";
import { DataTable, type Column } from "../../shared-ui/components/data-table";
import { ExternalLink } from "../../shared-ui/components/external-link";
import { Failure } from "../../shared-ui/components/failure";
import { Pager } from "../../shared-ui/components/pager";
import { Skeleton } from "../../shared-ui/components/skeleton";
import { usePages } from "../../shared-ui/hooks/use-pages";
import { useHub } from "../hub-context";

const POLL_MILLISECONDS = 15_000;

/** The work items that wait, the next one first. */
export function HeldItems({ api }: { readonly api: LicenseApi }) {
  const { go } = useHub();
  const load = useCallback((after: string | null, signal: AbortSignal) => api.listHeld(after, signal), [api]);
  const paged = usePages(load, POLL_MILLISECONDS);
  const columns = useMemo(() => columnsOf(go), [go]);
  const { page, error, reload } = paged;
  return (
    <section className="card stack" aria-label="Work items that wait">
      <h2>Work items that wait</h2>
      {error !== null && <Failure error={error} onRetry={reload} />}
      {page === null && error === null && <Skeleton lines={3} label="Loading what waits" />}
      {page?.total === 0 && <p className="quiet">Nothing waits for the plan.</p>}
      {page !== null && page.total > 0 && (
        <>
          <p>They start in this order. Until then, nothing of them is sent or written on this side.</p>
          <DataTable label="Work items that wait" columns={columns} rows={page.items} keyOf={({ twin_id: id }) => id} />
          <Pager paged={paged} noun="work items that wait" />
        </>
      )}
    </section>
  );
}

function columnsOf(go: (hash: string) => void): readonly Column<HeldItem>[] {
  return [
    { key: "work-item", title: "Work item", render: (item) => <WorkItem item={item} /> },
    {
      key: "connection",
      title: "Connection",
      render: ({ connection_id: id, connection_name: name }) => (
        <Button kind="link" onClick={() => go(`connections/${id}`)}>
          <span dir="auto" className="break">
            {name}
          </span>
        </Button>
      ),
    },
    { key: "since", title: "Waits since", render: ({ waits_since: since }) => formatMoment(since) },
  ];
}

/** Ours, or the partner's where there is none here yet. */
function WorkItem({ item }: { readonly item: HeldItem }) {
  if (item.work_item_id !== null) return <ExternalLink url={item.url}>{item.work_item_id}</ExternalLink>;
  return (
    <span>
      {"The partner's "}
      <ExternalLink url={item.remote_url}>{item.remote_work_item_id ?? "work item"}</ExternalLink>
    </span>
  );
}
