import { useCallback, useMemo, useState } from "react";

import { QueueApi, type EventFilter, type EventOrder, type Lane, type QueueEvent } from "../../common/api/queue-api";
import { Button } from "../../shared-ui/components/button";
import { EmptyState } from "../../shared-ui/components/empty-state";
import { OutOfDate } from "../../shared-ui/components/out-of-date";
import { Pager } from "../../shared-ui/components/pager";
import { Pivot } from "../../shared-ui/components/pivot";
import { Skeleton } from "../../shared-ui/components/skeleton";
import { useLive } from "../../shared-ui/hooks/use-live";
import { usePages, type Paged } from "../../shared-ui/hooks/use-pages";
import { TabFailure } from "../gate/tab-failure";
import { useHub } from "../hub-context";
import { EventList } from "./event-list";
import { EventPanel, type EventPlace } from "./event-panel";
import { LANES } from "./event-words";
import { QueueCharts } from "./queue-charts";
import { isNarrowed, NO_FILTER, QueueFilter } from "./queue-filter";

const INTERVAL_MILLISECONDS = 5000;
const OLDEST_FIRST: EventOrder = { column: "created_at", isDescending: false };

interface Place extends EventPlace {
  readonly lane: Lane;
}

/** What is on its way between the two sides. The address says which lane is shown and which event is open. */
export function SyncQueueTab({ detail }: { readonly detail: string }) {
  const { call, go, organization } = useHub();
  const api = useMemo(() => new QueueApi(call), [call]);
  const place = readPlace(detail);
  const [filter, setFilter] = useState(NO_FILTER);
  const [order, setOrder] = useState(OLDEST_FIRST);
  const [isPaused, setPaused] = useState(false);
  const interval = isPaused ? null : INTERVAL_MILLISECONDS;
  const { counts, paged } = useQueue(api, place.lane, filter, order, interval);
  const { page, error, reload } = paged;
  const { lane } = place;
  const open = useCallback((event: QueueEvent) => go(`sync-queue/${lane}/${event.direction}/${event.key}`), [go, lane]);
  const close = (): void => go(`sync-queue/${lane}`);
  const clear = (): void => setFilter(NO_FILTER);
  const refresh = (): void => {
    reload();
    counts.reload();
  };
  if (error?.code === "administrator_required" || (page === null && error !== null)) {
    return <TabFailure error={error} organizationName={organization.name} onRetry={reload} />;
  }
  return (
    <div className="stack">
      <p>Every event between the two sides that is not finished yet. It is handled by itself; here you see why one waits.</p>
      <QueueCharts api={api} connection={filter.connection} isPaused={isPaused} />
      <div className="card stack sync-queue">
        <Pivot
          label="Queue"
          tabs={LANES.map(({ key, title }) => ({ key, title, count: counts.value?.[key] }))}
          chosen={lane}
          onChoose={(key) => go(`sync-queue/${key}`)}
        >
          <p className="quiet">{LANES.find(({ key }) => key === lane)?.help}</p>
          <QueueFilter filter={filter} onChange={setFilter} />
          <RefreshControl isPaused={isPaused} onChange={setPaused} onRefresh={refresh} />
          <OutOfDate error={error} onRetry={reload} />
          <Events paged={paged} filter={filter} order={order} onSort={setOrder} onOpen={open} onClear={clear} />
        </Pivot>
      </div>
      {place.eventKey !== "" && (
        <EventPanel key={detail} api={api} place={place} intervalMilliseconds={interval} onClose={close} onChanged={refresh} />
      )}
    </div>
  );
}

function useQueue(api: QueueApi, lane: Lane, filter: EventFilter, order: EventOrder, interval: number | null) {
  const load = useCallback(
    (after: string | null, signal: AbortSignal) => api.list(lane, filter, order, after, signal),
    [api, lane, filter, order],
  );
  const { connection } = filter;
  const count = useCallback((signal: AbortSignal) => api.count(connection, signal), [api, connection]);
  return { paged: usePages(load, interval), counts: useLive(count, interval) };
}

interface EventsProps {
  readonly paged: Paged<QueueEvent>;
  readonly filter: EventFilter;
  readonly order: EventOrder;
  readonly onSort: (order: EventOrder) => void;
  readonly onOpen: (event: QueueEvent) => void;
  readonly onClear: () => void;
}

function Events({ paged, filter, order, onSort, onOpen, onClear }: EventsProps) {
  const { page } = paged;
  if (page === null) return <Skeleton lines={8} label="Loading the events" />;
  if (page.items.length === 0 && !paged.hasEarlier) return <Nothing filter={filter} onClear={onClear} />;
  return (
    <>
      <EventList label="Events" events={page.items} order={order} onSort={onSort} onOpen={onOpen} />
      <Pager paged={paged} noun="events" />
    </>
  );
}

interface RefreshControlProps {
  readonly isPaused: boolean;
  readonly onChange: (isPaused: boolean) => void;
  readonly onRefresh: () => void;
}

function RefreshControl({ isPaused, onChange, onRefresh }: RefreshControlProps) {
  return (
    <div className="row">
      <Button icon={isPaused ? "play" : "pause"} isPressed={isPaused} onClick={() => onChange(!isPaused)}>
        Pause refresh
      </Button>
      {isPaused && (
        <Button icon="refresh" kind="subtle" onClick={onRefresh}>
          Refresh now
        </Button>
      )}
      <span role="status" className="quiet small">
        {isPaused ? "This list stands still. The sync goes on." : "Refreshed every 5 seconds."}
      </span>
    </div>
  );
}

function Nothing({ filter, onClear }: { readonly filter: EventFilter; readonly onClear: () => void }) {
  if (isNarrowed(filter)) {
    return (
      <EmptyState title="No event matches.">
        <Button onClick={onClear}>Clear the filter</Button>
      </EmptyState>
    );
  }
  return (
    <EmptyState title="Nothing is on its way.">
      <p>What is finished can be looked at for a week: tick Show finished.</p>
    </EmptyState>
  );
}

function readPlace(detail: string): Place {
  const [name = "", direction = "", eventKey = ""] = detail.split("/");
  const lane = LANES.find(({ key }) => key === name)?.key ?? "outgoing_sync";
  return { lane, direction, eventKey };
}
