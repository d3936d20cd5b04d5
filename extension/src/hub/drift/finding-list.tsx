import { useCallback } from "react";

import type { DriftApi, DriftKind, Finding } from "../../common/api/drift-api";
import { formatAgo } from "../../common/times";
import { Button } from "../../shared-ui/components/button";
import { DataTable, type Column } from "../../shared-ui/components/data-table";
import { ExternalLink } from "../../shared-ui/components/external-link";
import { Failure } from "../../shared-ui/components/failure";
import { Pager } from "../../shared-ui/components/pager";
import { Skeleton } from "../../shared-ui/components/skeleton";
import { useNow } from "../../shared-ui/hooks/use-now";
import { usePages } from "../../shared-ui/hooks/use-pages";
import { titleOf } from "./drift-kinds";

interface FindingListProps {
  readonly api: DriftApi;
  readonly connectionId: string;
  readonly kind: DriftKind | "";
  readonly onRepair: (findingId: string) => void;
}

/** What the comparison found and is still open. */
export function FindingList({ api, connectionId, kind, onRepair }: FindingListProps) {
  const load = useCallback(
    (after: string | null, signal: AbortSignal) => api.listFindings(connectionId, kind, after, signal),
    [api, connectionId, kind],
  );
  const paged = usePages(load, null);
  const now = useNow();
  if (paged.error !== null) return <Failure error={paged.error} onRetry={paged.reload} />;
  if (paged.page === null) return <Skeleton lines={6} label="Loading what differs" />;
  const columns: readonly Column<Finding>[] = [
    { key: "kind", title: "What", render: (row) => titleOf(row.kind) },
    { key: "work_item", title: "Work item", render: (row) => <WorkItem finding={row} /> },
    { key: "detail", title: "Details", render: (row) => <span className="clamp">{row.detail}</span> },
    { key: "found_at", title: "Found", render: (row) => formatAgo(row.found_at, now) },
    {
      key: "actions",
      title: "Actions",
      isTitleHidden: true,
      className: "actions",
      render: (row) => (
        <Button kind="subtle" onClick={() => onRepair(row.id)}>
          {`Repair ${row.work_item_id ?? ""}`.trim()}
        </Button>
      ),
    },
  ];
  return (
    <>
      <DataTable label="What differs" columns={columns} rows={paged.page.items} keyOf={(row) => row.id} />
      <Pager paged={paged} noun="findings" />
    </>
  );
}

function WorkItem({ finding }: { readonly finding: Finding }) {
  if (finding.work_item_id === null) return <span>&ndash;</span>;
  if (finding.work_item_url === null) return <span>{finding.work_item_id}</span>;
  return <ExternalLink url={finding.work_item_url}>{finding.work_item_id}</ExternalLink>;
}
