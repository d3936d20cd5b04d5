import type { ListedTwin } from "../../common/api/twins-api";
import { errorText } from "../../common/api/error-texts";
import { count, formatAgo, formatMoment } from "../../common/times";
import { Button } from "../../shared-ui/components/button";
import { DataTable, type Column, type SortOrder } from "../../shared-ui/components/data-table";
import { ExternalLink } from "../../shared-ui/components/external-link";
import { StatusLabel } from "../../shared-ui/components/status-label";
import { useNow } from "../../shared-ui/hooks/use-now";
import { describeTwin } from "../../shared-ui/twin-status";
import { describeDirection } from "./twin-words";

interface TwinTableProps {
  readonly rows: readonly ListedTwin[];
  readonly order: SortOrder;
  readonly onSort: (order: SortOrder) => void;
  readonly onOpen: (twin: ListedTwin) => void;
}

/** Pairs of all connections. The title opens the details. */
export function TwinTable({ rows, order, onSort, onOpen }: TwinTableProps) {
  const now = useNow();
  const columns: readonly Column<ListedTwin>[] = [
    { key: "status", title: "Status", isSortable: true, render: renderStatus },
    { key: "work_item_id", title: "Local work item", isSortable: true, render: renderLocal },
    {
      key: "title",
      title: "Title",
      isSortable: true,
      className: "name",
      render: (twin) => (
        <Button kind="link" onClick={() => onOpen(twin)}>
          {nameOf(twin)}
        </Button>
      ),
    },
    { key: "remote", title: "Remote work item", render: renderRemote },
    { key: "connection", title: "Connection", isSortable: true, className: "twin-connection", render: renderConnection },
    { key: "synchronized_at", title: "Last synchronized", isSortable: true, render: (twin) => renderTime(twin, now) },
    { key: "direction", title: "Last change", render: ({ direction }) => describeDirection(direction) },
    { key: "waiting", title: "Waiting", render: renderWaiting },
    { key: "error", title: "Last error", className: "twin-error", render: renderError },
  ];
  return (
    <DataTable label="Pairs" columns={columns} rows={rows} keyOf={(twin) => twin.id} order={order} onSort={onSort} />
  );
}

/** The title, or what there is to name a pair by before it has one. */
export function nameOf({ local, remote }: ListedTwin): string {
  if (local?.title != null) return local.title;
  if (local !== null) return `Work item ${local.id}`;
  return remote === null ? "New pair" : `Remote work item ${remote.id}`;
}

function renderStatus(twin: ListedTwin) {
  const { word, icon, tone } = describeTwin(twin);
  return (
    <>
      <StatusLabel icon={icon} tone={tone}>
        {word}
      </StatusLabel>
      {twin.conflicts > 0 && <div className="small warning-text">{count(twin.conflicts, "conflict")}</div>}
    </>
  );
}

function renderLocal({ local }: ListedTwin) {
  if (local === null) return <span className="quiet">not there yet</span>;
  return <ExternalLink url={local.url}>{local.id}</ExternalLink>;
}

function renderRemote({ remote }: ListedTwin) {
  if (remote === null) return <span className="quiet">not there yet</span>;
  return (
    <>
      <ExternalLink url={remote.url}>{remote.id}</ExternalLink>
      <bdi className="clamp quiet small" title={remote.organization_name}>
        {remote.organization_name}
      </bdi>
    </>
  );
}

function renderConnection({ connection_name: name }: ListedTwin) {
  return (
    <bdi className="clamp" title={name}>
      {name}
    </bdi>
  );
}

function renderTime({ synchronized_at: at }: ListedTwin, now: number) {
  return <span title={at === null ? undefined : formatMoment(at)}>{formatAgo(at, now)}</span>;
}

function renderWaiting({ waiting }: ListedTwin) {
  if (waiting.outgoing + waiting.incoming === 0) return <span className="quiet">none</span>;
  return (
    <>
      <div>{`${waiting.outgoing.toLocaleString()} out`}</div>
      <div>{`${waiting.incoming.toLocaleString()} in`}</div>
    </>
  );
}

function renderError({ errors }: ListedTwin) {
  const [latest] = errors;
  if (latest === undefined) return <span className="quiet">none</span>;
  return (
    <div className="clamp" title={latest.message}>
      {errorText(latest.code).title}
    </div>
  );
}
