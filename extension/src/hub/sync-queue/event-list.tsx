import { useMemo } from "react";

import type { EventColumn, EventOrder, QueueEvent } from "../../common/api/queue-api";
import { formatMoment } from "../../common/times";
import { Button } from "../../shared-ui/components/button";
import { DataTable, type Column, type SortOrder } from "../../shared-ui/components/data-table";
import { ExternalLink } from "../../shared-ui/components/external-link";
import { StatusLabel } from "../../shared-ui/components/status-label";
import { useNow } from "../../shared-ui/hooks/use-now";
import { kindTitle, shortHold, STATUSES } from "./event-words";

const SHOWN_OF_ID = 8;
const MINUTE = 60_000;

interface EventListProps {
  readonly label: string;
  readonly events: readonly QueueEvent[];
  readonly order: EventOrder;
  readonly onSort: (order: EventOrder) => void;
  readonly onOpen: (event: QueueEvent) => void;
}

export function EventList({ label, events, order, onSort, onOpen }: EventListProps) {
  const now = useNow();
  const columns = useMemo(() => columnsOf(now, onOpen), [now, onOpen]);
  return (
    <DataTable
      label={label}
      columns={columns}
      rows={events}
      keyOf={(event) => `${event.direction} ${event.key}`}
      order={order}
      onSort={(next: SortOrder) => onSort(next as EventOrder)}
    />
  );
}

function columnsOf(now: number, onOpen: (event: QueueEvent) => void): readonly Column<QueueEvent>[] {
  const sorted = (key: EventColumn, title: string, render: Column<QueueEvent>["render"]): Column<QueueEvent> => ({
    key,
    title,
    render,
    isSortable: true,
  });
  return [
    sorted("id", "ID", (event) => (
      <Button kind="link" onClick={() => onOpen(event)}>
        <ShortId id={event.id} />
      </Button>
    )),
    sorted("sequence", "Event Number", (event) => event.sequence.toLocaleString()),
    sorted("status", "Status", (event) => <EventStatusLabel event={event} />),
    sorted("connection", "Connection", (event) => <span dir="auto">{event.connection_name}</span>),
    sorted("kind", "Sync type", (event) => kindTitle(event.kind)),
    sorted("twin_id", "Twin trace ID", (event) => (event.twin_id === "" ? "" : <ShortId id={event.twin_id} />)),
    sorted("work_item", "Work item", (event) => <WorkItems event={event} />),
    sorted("created_at", "Age", (event) => (
      <span title={formatMoment(event.created_at)}>{formatAge(event.created_at, now)}</span>
    )),
  ];
}

export function EventStatusLabel({ event }: { readonly event: QueueEvent }) {
  const { title, icon, tone } = STATUSES[event.status];
  const hold = shortHold(event);
  return (
    <>
      <StatusLabel icon={icon} tone={tone}>
        {title}
      </StatusLabel>
      {hold !== "" && <div className="quiet small">{hold}</div>}
    </>
  );
}

/** The beginning of an id; screen readers and copying get all of it. */
function ShortId({ id }: { readonly id: string }) {
  return (
    <span className="mono" title={id}>
      {id.slice(0, SHOWN_OF_ID)}
      {id.length > SHOWN_OF_ID && <span className="only-read">{id.slice(SHOWN_OF_ID)}</span>}
    </span>
  );
}

function WorkItems({ event }: { readonly event: QueueEvent }) {
  const { local, remote } = event;
  return (
    <span className="event-items">
      {local === null ? "" : <ExternalLink url={local.url}>{local.id}</ExternalLink>}
      {remote !== null && <span className="quiet small">there: {remote.id}</span>}
    </span>
  );
}

/** How old something is, as short as a column is wide. */
export function formatAge(iso: string, now: number): string {
  const minutes = Math.max(0, Math.floor((now - Date.parse(iso)) / MINUTE));
  if (minutes < 1) return "under 1 min";
  if (minutes < 60) return `${minutes} min`;
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h`;
  return `${Math.floor(minutes / (24 * 60))} days`;
}
