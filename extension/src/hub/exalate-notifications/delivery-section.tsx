import { useCallback, useState } from "react";

import type { Delivery, NotificationsApi } from "../../common/api/notifications-api";
import { count, formatAgo, formatMoment } from "../../common/times";
import { Button } from "../../shared-ui/components/button";
import { DataTable, type Column } from "../../shared-ui/components/data-table";
import { Failure } from "../../shared-ui/components/failure";
import { Pager } from "../../shared-ui/components/pager";
import { SelectField } from "../../shared-ui/components/select-field";
import { Skeleton } from "../../shared-ui/components/skeleton";
import { StatusLabel } from "../../shared-ui/components/status-label";
import { useAction } from "../../shared-ui/hooks/use-action";
import { useNow } from "../../shared-ui/hooks/use-now";
import { usePages } from "../../shared-ui/hooks/use-pages";
import { DELIVERY_STATUSES } from "./words";

const REFRESH_MILLISECONDS = 15_000;

const STATUSES = [
  { value: "", title: "All" },
  ...Object.entries(DELIVERY_STATUSES).map(([value, { title }]) => ({ value, title })),
];

/** What was told, what waits and what failed; thirty days back. */
export function DeliverySection({ api }: { readonly api: NotificationsApi }) {
  const now = useNow();
  const [status, setStatus] = useState("");
  const load = useCallback(
    (after: string | null, signal: AbortSignal) => api.listDeliveries(status, after, signal),
    [api, status],
  );
  const paged = usePages(load, REFRESH_MILLISECONDS);
  const { page, error, reload } = paged;
  const again = useAction(async (delivery: Delivery) => {
    await api.sendAgain(delivery.id);
    reload();
  });
  return (
    <section className="card stack notification-list" aria-label="Recent deliveries">
      <div className="row section-head">
        <h2>Recent deliveries</h2>
        <SelectField label="Status" value={status} choices={STATUSES} onChange={setStatus} />
      </div>
      {error !== null && <Failure error={error} onRetry={reload} />}
      {again.error !== null && <Failure error={again.error} onRetry={reload} />}
      {page === null && error === null && <Skeleton lines={4} label="Loading the deliveries" />}
      {page !== null && page.items.length === 0 && (
        <p className="quiet">{status === "" ? "Nothing was told yet." : "There is none of this status."}</p>
      )}
      {page !== null && page.items.length > 0 && (
        <>
          <DataTable
            label="Recent deliveries"
            columns={columnsOf(now, again.start)}
            rows={page.items}
            keyOf={(delivery) => delivery.id}
          />
          <Pager paged={paged} noun="deliveries" />
        </>
      )}
    </section>
  );
}

function columnsOf(now: number, onAgain: (delivery: Delivery) => void): readonly Column<Delivery>[] {
  return [
    {
      key: "at",
      title: "When",
      className: "nowrap",
      render: (row) => <span title={formatMoment(row.created_at)}>{formatAgo(row.created_at, now)}</span>,
    },
    { key: "to", title: "To", className: "notification-to", render: (row) => <bdi className="break">{row.address}</bdi> },
    {
      key: "what",
      title: "What",
      render: (row) => (
        <>
          <div>{count(row.error_count, "error")}</div>
          <div className="quiet small break">{describeCodes(row)}</div>
        </>
      ),
    },
    { key: "status", title: "Status", render: (row) => <Status delivery={row} now={now} /> },
    {
      key: "actions",
      title: "Actions",
      isTitleHidden: true,
      render: (row) =>
        row.status === "failed" ? (
          <Button kind="subtle" icon="refresh" onClick={() => onAgain(row)}>
            Send again
          </Button>
        ) : null,
    },
  ];
}

function describeCodes({ codes, group_count: groups }: Delivery): string {
  const shown = codes.slice(0, 3).map((code) => code.replace(/_/g, " "));
  const rest = groups - shown.length;
  return shown.join(", ") + (rest > 0 ? ` and ${rest.toLocaleString()} more` : "");
}

function Status({ delivery, now }: { readonly delivery: Delivery; readonly now: number }) {
  const { title, icon, tone } = DELIVERY_STATUSES[delivery.status];
  return (
    <>
      <StatusLabel icon={icon} tone={tone}>
        {title}
      </StatusLabel>
      {delivery.error !== "" && (
        <div className="quiet small break" dir="auto">
          {delivery.error}
          {delivery.status === "waiting" && ` ${count(delivery.attempts, "attempt")}, next ${nextAttempt(delivery, now)}.`}
        </div>
      )}
    </>
  );
}

function nextAttempt({ next_attempt_at: at }: Delivery, now: number): string {
  return Date.parse(at) <= now ? "at once" : formatMoment(at);
}
