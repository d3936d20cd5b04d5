import type { ErrorGroup, ErrorItem } from "../../common/api/errors-api";
import { count, formatAgo, formatMoment } from "../../common/times";
import { Button } from "../../shared-ui/components/button";
import { DataTable, type Column, type SortOrder } from "../../shared-ui/components/data-table";
import { ExternalLink } from "../../shared-ui/components/external-link";
import { MenuButton, type MenuItem } from "../../shared-ui/components/menu-button";
import { StatusLabel } from "../../shared-ui/components/status-label";
import { useNow } from "../../shared-ui/hooks/use-now";
import { IMPACT_WORDS } from "./error-words";

/** One line of the list: a single error, or many of one cause. */
export interface ErrorRow {
  readonly key: string;
  readonly sample: ErrorItem;
  readonly records: number;
  readonly workItems: number;
  readonly occurrences: number;
  readonly time: string;
}

export function rowOfGroup(group: ErrorGroup): ErrorRow {
  return {
    key: group.cause,
    sample: group.sample,
    records: group.records,
    workItems: group.work_items,
    occurrences: group.occurrences,
    time: group.newest_at,
  };
}

export function rowOfError(error: ErrorItem): ErrorRow {
  const time = error.closed_at ?? error.opened_at;
  return { key: error.id, sample: error, records: 1, workItems: 1, occurrences: error.occurrences, time };
}

interface ErrorListProps {
  readonly rows: readonly ErrorRow[];
  readonly order: SortOrder;
  readonly isBusy: boolean;
  readonly onSort: (order: SortOrder) => void;
  readonly onOpen: (row: ErrorRow) => void;
  readonly onOpenConnection: (id: string) => void;
  readonly onRetry: (row: ErrorRow) => void;
  readonly onResolve: (row: ErrorRow) => void;
}

export function ErrorList(props: ErrorListProps) {
  const now = useNow();
  const columns: readonly Column<ErrorRow>[] = [
    { key: "impact", title: "Impact", isSortable: true, render: ({ sample }) => <ImpactCell error={sample} /> },
    {
      key: "summary",
      title: "Summary",
      className: "errors-summary",
      render: (row) => <SummaryCell row={row} onOpen={props.onOpen} />,
    },
    {
      key: "connection",
      title: "Connection",
      className: "errors-connection",
      render: ({ sample }) => <ConnectionCell error={sample} onOpen={props.onOpenConnection} />,
    },
    { key: "work_item", title: "Work item", className: "errors-short", render: (row) => <WorkItemCell row={row} /> },
    {
      key: "time",
      title: "Time",
      isSortable: true,
      className: "errors-short",
      render: ({ time }) => <span title={formatMoment(time)}>{formatAgo(time, now)}</span>,
    },
    { key: "count", title: "Count", isSortable: true, render: ({ occurrences }) => occurrences.toLocaleString() },
    {
      key: "actions",
      title: "Actions",
      isTitleHidden: true,
      className: "actions",
      render: (row) => <ActionCell row={row} onRetry={props.onRetry} onResolve={props.onResolve} />,
    },
  ];
  return (
    <DataTable
      label="Errors"
      columns={columns}
      rows={props.rows}
      keyOf={({ key }) => key}
      order={props.order}
      onSort={props.onSort}
      isBusy={props.isBusy}
    />
  );
}

function ImpactCell({ error }: { readonly error: ErrorItem }) {
  const { title, icon, tone } = IMPACT_WORDS[error.impact];
  return (
    <StatusLabel icon={icon} tone={tone}>
      {title}
    </StatusLabel>
  );
}

function SummaryCell({ row, onOpen }: { readonly row: ErrorRow; readonly onOpen: (row: ErrorRow) => void }) {
  const { sample, records } = row;
  return (
    <>
      <Button kind="link" onClick={() => onOpen(row)}>
        <span dir="auto" className="errors-message">
          {sample.message}
        </span>
      </Button>
      <div className="quiet small">
        {records > 1 && <>{count(records, "error")} with this cause. </>}
        {sample.side === "remote" && <>On the partner&apos;s side. </>}
        {sample.retrying && records === 1 && <>Being tried again. </>}
        {sample.is_transient && sample.status === "open" && !sample.retrying && <>Tried again by itself. </>}
      </div>
    </>
  );
}

function ConnectionCell({ error, onOpen }: { readonly error: ErrorItem; readonly onOpen: (id: string) => void }) {
  const { connection_id: id, connection_name: name } = error;
  if (id === null || name === null) return <span className="quiet">None</span>;
  return (
    <Button kind="link" onClick={() => onOpen(id)}>
      <span dir="auto" className="break">
        {name}
      </span>
    </Button>
  );
}

function WorkItemCell({ row }: { readonly row: ErrorRow }) {
  const { sample, workItems, records } = row;
  if (records > 1 && workItems !== 1) return <>{workItems === 0 ? "" : count(workItems, "work item")}</>;
  return sample.work_item_id === null ? null : <ExternalLink url={sample.url}>{sample.work_item_id}</ExternalLink>;
}

function ActionCell({ row, onRetry, onResolve }: Pick<ErrorListProps, "onRetry" | "onResolve"> & { readonly row: ErrorRow }) {
  if (row.sample.status !== "open") return null;
  const items: readonly MenuItem[] = [
    { name: row.records > 1 ? "Retry these errors" : "Retry", icon: "refresh", onChoose: () => onRetry(row) },
    { name: row.records > 1 ? "Resolve these errors" : "Resolve", icon: "check", onChoose: () => onResolve(row) },
  ];
  return <MenuButton label={`Actions for: ${row.sample.message.slice(0, 80)}`} items={items} />;
}
