import type { Proposal } from "../../common/api/proposals-api";
import { count, formatAgo, formatMoment } from "../../common/times";
import { Button } from "../../shared-ui/components/button";
import { DataTable, type Column } from "../../shared-ui/components/data-table";
import { EmptyState } from "../../shared-ui/components/empty-state";
import { Failure } from "../../shared-ui/components/failure";
import { OutOfDate } from "../../shared-ui/components/out-of-date";
import { Pager } from "../../shared-ui/components/pager";
import { Skeleton } from "../../shared-ui/components/skeleton";
import { StatusLabel } from "../../shared-ui/components/status-label";
import { useNow } from "../../shared-ui/hooks/use-now";
import type { Paged } from "../../shared-ui/hooks/use-pages";
import { describeKind, describePair, describeProposalStatus } from "./proposal-words";

interface ProposalListProps {
  readonly paged: Paged<Proposal>;
  readonly onOpen: (proposal: Proposal) => void;
}

/** Proposals, page by page; of this side's work items only numbers are there. */
export function ProposalList({ paged, onOpen }: ProposalListProps) {
  const now = useNow();
  if (paged.page === null) {
    return paged.error === null ? (
      <Skeleton lines={5} label="Loading the proposals" />
    ) : (
      <Failure error={paged.error} onRetry={paged.reload} />
    );
  }
  if (paged.page.items.length === 0) {
    return (
      <EmptyState title="No proposal.">
        <p>Nobody asks for anything that this list would show.</p>
      </EmptyState>
    );
  }
  return (
    <>
      <OutOfDate error={paged.error} onRetry={paged.reload} />
      <DataTable label="Proposals" columns={columnsFor(now, onOpen)} rows={paged.page.items} keyOf={(row) => row.id} />
      <Pager paged={paged} noun="proposals" />
    </>
  );
}

function columnsFor(now: number, onOpen: (proposal: Proposal) => void): readonly Column<Proposal>[] {
  return [
    { key: "status", title: "Status", render: (row) => <Standing proposal={row} /> },
    {
      key: "pair",
      title: "Work items",
      className: "name",
      render: (row) => (
        <>
          <Button kind="link" onClick={() => onOpen(row)}>
            {describePair(row)}
          </Button>
          {row.first?.remote.title != null && (
            <div className="quiet small">
              <bdi className="clamp">{row.first.remote.title}</bdi>
            </div>
          )}
        </>
      ),
    },
    { key: "kind", title: "What", render: (row) => describeKind(row.kind) },
    { key: "asked_by", title: "Asked by", render: (row) => <Asker proposal={row} /> },
    { key: "connection", title: "Connection", render: (row) => <bdi className="clamp">{row.connection_name}</bdi> },
    {
      key: "asked_at",
      title: "Asked",
      render: (row) => <span title={formatMoment(row.asked_at)}>{formatAgo(row.asked_at, now)}</span>,
    },
  ];
}

function Standing({ proposal }: { readonly proposal: Proposal }) {
  const { word, icon, tone } = describeProposalStatus(proposal.status, proposal.direction);
  const open = proposal.counts.open ?? 0;
  return (
    <>
      <StatusLabel icon={icon} tone={tone}>
        {word}
      </StatusLabel>
      {proposal.total > 1 && open > 0 && open < proposal.total && (
        <div className="quiet small">
          {open.toLocaleString()} of {count(proposal.total, "pair")}
        </div>
      )}
    </>
  );
}

function Asker({ proposal }: { readonly proposal: Proposal }) {
  const side = proposal.direction === "incoming" ? proposal.partner : "This side";
  return (
    <>
      <bdi>{proposal.asked_by === "" ? side : proposal.asked_by}</bdi>
      {proposal.asked_by !== "" && (
        <div className="quiet small">
          <bdi>{side}</bdi>
        </div>
      )}
    </>
  );
}
