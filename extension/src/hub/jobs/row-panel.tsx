import { useCallback, useMemo, useState } from "react";

import { countOf, isAtRest, JobsApi, type Job, type JobRow, type RowOutcome } from "../../common/api/jobs-api";
import { Button } from "../../shared-ui/components/button";
import { DataTable, type Column } from "../../shared-ui/components/data-table";
import { ExternalLink } from "../../shared-ui/components/external-link";
import { Failure } from "../../shared-ui/components/failure";
import { OutOfDate } from "../../shared-ui/components/out-of-date";
import { Pager } from "../../shared-ui/components/pager";
import { Panel } from "../../shared-ui/components/panel";
import { SelectField } from "../../shared-ui/components/select-field";
import { Skeleton } from "../../shared-ui/components/skeleton";
import { StatusLabel } from "../../shared-ui/components/status-label";
import { usePages, type Paged } from "../../shared-ui/hooks/use-pages";
import { useHub } from "../hub-context";
import { OUTCOME_NAMES, OUTCOMES, outcomeLook } from "./job-words";

const INTERVAL_MILLISECONDS = 3000;

interface RowPanelProps {
  readonly job: Job;
  readonly onClose: () => void;
}

/** What became of each row of a job, page by page; first what failed, if anything did. */
export function RowPanel({ job, onClose }: RowPanelProps) {
  const { call } = useHub();
  const api = useMemo(() => new JobsApi(call), [call]);
  const [outcome, setOutcome] = useState<RowOutcome | "">(countOf(job, "failed") > 0 ? "failed" : "");
  const { id } = job;
  const load = useCallback(
    (after: string | null, signal: AbortSignal) => api.listRows(id, outcome, after, signal),
    [api, id, outcome],
  );
  const paged = usePages(load, isAtRest(job) ? null : INTERVAL_MILLISECONDS);
  const choices = [
    { value: "", title: `All (${job.total.toLocaleString()})` },
    ...OUTCOMES.filter((each) => countOf(job, each) > 0 || each === outcome).map((each) => ({
      value: each,
      title: `${OUTCOME_NAMES[each]} (${countOf(job, each).toLocaleString()})`,
    })),
  ];
  return (
    <Panel title={job.title} onClose={onClose} footer={<Button onClick={onClose}>Close</Button>}>
      <div className="stack">
        <SelectField
          label="Outcome"
          value={outcome}
          choices={choices}
          onChange={(value) => setOutcome(value as RowOutcome | "")}
        />
        <Rows paged={paged} />
      </div>
    </Panel>
  );
}

function Rows({ paged }: { readonly paged: Paged<JobRow> }) {
  const { page, error, reload } = paged;
  if (page === null) {
    if (error !== null) return <Failure error={error} onRetry={reload} />;
    return <Skeleton lines={6} label="Loading the work items" />;
  }
  return (
    <>
      <OutOfDate error={error} onRetry={reload} />
      {page.items.length === 0 ? (
        <p>No work item is there any more.</p>
      ) : (
        <DataTable
          label="Work items of the job"
          columns={COLUMNS}
          rows={page.items}
          keyOf={(row) => String(row.number)}
        />
      )}
      <Pager paged={paged} noun="work items" />
    </>
  );
}

const COLUMNS: readonly Column<JobRow>[] = [
  { key: "number", title: "No.", className: "job-number", render: (row) => row.number },
  {
    key: "local",
    title: "Work item",
    className: "job-number",
    render: (row) =>
      row.work_item_id !== null && row.work_item_url !== null ? (
        <ExternalLink url={row.work_item_url}>{row.work_item_id}</ExternalLink>
      ) : (
        (row.work_item_id ?? "")
      ),
  },
  { key: "remote", title: "Other side", className: "job-number", render: (row) => row.remote_work_item_id ?? "" },
  {
    key: "outcome",
    title: "Outcome",
    render: (row) => {
      const { icon, tone, text } = outcomeLook(row.outcome);
      return (
        <StatusLabel icon={icon} tone={tone}>
          {text}
        </StatusLabel>
      );
    },
  },
  { key: "message", title: "Reason", render: (row) => <span dir="auto">{row.message}</span> },
];
