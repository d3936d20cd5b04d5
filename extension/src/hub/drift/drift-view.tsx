import { useCallback, useMemo, useState } from "react";

import { DriftApi, type DriftKind, type DriftReport } from "../../common/api/drift-api";
import type { Job } from "../../common/api/jobs-api";
import type { Connection } from "../../common/api/types";
import { formatMoment } from "../../common/times";
import { Button } from "../../shared-ui/components/button";
import { EmptyState } from "../../shared-ui/components/empty-state";
import { Failure } from "../../shared-ui/components/failure";
import { OutOfDate } from "../../shared-ui/components/out-of-date";
import { SelectField } from "../../shared-ui/components/select-field";
import { Skeleton } from "../../shared-ui/components/skeleton";
import { useAction } from "../../shared-ui/hooks/use-action";
import { useLive } from "../../shared-ui/hooks/use-live";
import { useHub } from "../hub-context";
import { JobCard } from "../jobs/job-card";
import { DRIFT_KINDS } from "./drift-kinds";
import { FindingList } from "./finding-list";
import { RepairDialog } from "./repair-dialog";

const INTERVAL_MILLISECONDS = 3000;

interface DriftViewProps {
  /** Active connections of the organization. */
  readonly connections: readonly Connection[];
}

/** What the two sides of a connection no longer have in common, and its repair. */
export function DriftView({ connections }: DriftViewProps) {
  const [chosen, setChosen] = useState("");
  const connection = connections.find(({ id }) => id === chosen) ?? connections[0];
  if (connection === undefined) {
    return (
      <div className="card">
        <EmptyState title="There is no active connection to compare.">
          <p>Pairs can be compared once a connection is active on both sides.</p>
        </EmptyState>
      </div>
    );
  }
  return (
    <div className="card stack">
      <h2>Drift</h2>
      <p>
        A comparison reads every work item that is in sync and asks the partner&rsquo;s node what it knows. It runs once a
        day by itself. Work items that were changed within the last five minutes are left out. In depth it reads all
        comments too, and sends what was missed; that runs by itself less often.
      </p>
      <SelectField
        label="Connection"
        value={connection.id}
        choices={connections.map(({ id, name }) => ({ value: id, title: name }))}
        onChange={setChosen}
      />
      <Report key={connection.id} connection={connection} />
    </div>
  );
}

function Report({ connection }: { readonly connection: Connection }) {
  const { call } = useHub();
  const api = useMemo(() => new DriftApi(call), [call]);
  const load = useCallback((signal: AbortSignal) => api.getReport(connection.id, signal), [api, connection.id]);
  const { value, error, reload } = useLive(load, INTERVAL_MILLISECONDS);
  const [repaired, setRepaired] = useState<Repair | null>(null);
  const compare = useAction(async (isDeep: boolean) => {
    await api.compare(connection.id, isDeep);
    reload();
  });
  if (value === null) {
    return error === null ? (
      <Skeleton lines={4} label="Loading the report" />
    ) : (
      <Failure error={error} onRetry={reload} />
    );
  }
  const isRunning = value.comparison !== null && value.comparison.finished_at === null;
  return (
    <>
      <OutOfDate error={error} onRetry={reload} />
      <div className="row">
        <Button kind="primary" icon="refresh" isBusy={compare.isRunning} isDisabled={isRunning} onClick={() => compare.start(false)}>
          Compare now
        </Button>
        <Button isDisabled={isRunning || compare.isRunning} onClick={() => compare.start(true)}>
          Compare in depth
        </Button>
        <span>{lastInDepth(value.deep_comparison)}</span>
      </div>
      {compare.error !== null && <Failure error={compare.error} />}
      {value.comparison !== null && <JobCard job={value.comparison} onChanged={reload} />}
      <Findings api={api} connection={connection} report={value} onRepair={setRepaired} />
      {repaired !== null && (
        <RepairDialog
          api={api}
          connection={connection}
          findingIds={repaired.findingIds}
          total={repaired.count}
          onClose={() => setRepaired(null)}
          onStarted={reload}
        />
      )}
    </>
  );
}

function lastInDepth(job: Job | null): string {
  if (job === null) return "Not yet compared in depth.";
  if (job.finished_at === null) return "Being compared in depth.";
  return `Last compared in depth: ${formatMoment(job.finished_at)}`;
}

/** What is to be repaired: null for all that is open. Kept apart from the list, which may be empty once it has begun. */
interface Repair {
  readonly findingIds: readonly string[] | null;
  readonly count: number;
}

interface FindingsProps {
  readonly api: DriftApi;
  readonly connection: Connection;
  readonly report: DriftReport;
  readonly onRepair: (repair: Repair) => void;
}

function Findings({ api, connection, report, onRepair }: FindingsProps) {
  const [kind, setKind] = useState<DriftKind | "">("");
  const total = Object.values(report.counts).reduce((sum, each) => sum + each, 0);
  const stamp = `${report.comparison?.id ?? ""} ${report.comparison?.finished_at ?? ""} ${total}`;
  if (report.comparison === null) {
    return (
      <EmptyState title="This connection has not been compared yet.">
        <p>Compare it now, or look again tomorrow.</p>
      </EmptyState>
    );
  }
  if (total === 0) return <NothingDiffers isRunning={report.comparison.finished_at === null} />;
  return (
    <>
      <div className="row filter">
        <SelectField
          label="What"
          value={kind}
          choices={[
            { value: "", title: `Everything (${total.toLocaleString()})` },
            ...DRIFT_KINDS.filter((each) => (report.counts[each.kind] ?? 0) > 0).map((each) => ({
              value: each.kind,
              title: `${each.title} (${(report.counts[each.kind] ?? 0).toLocaleString()})`,
            })),
          ]}
          onChange={(value) => setKind(value as DriftKind | "")}
        />
        <Button onClick={() => onRepair({ findingIds: null, count: total })}>Repair all</Button>
      </div>
      <FindingList
        key={stamp}
        api={api}
        connectionId={connection.id}
        kind={kind}
        onRepair={(id) => onRepair({ findingIds: [id], count: 1 })}
      />
    </>
  );
}

function NothingDiffers({ isRunning }: { readonly isRunning: boolean }) {
  if (isRunning) return <p role="status">Nothing has been found so far.</p>;
  return (
    <EmptyState title="Both sides are equal.">
      <p>Pairs with an open error are not compared; they are listed under Errors.</p>
    </EmptyState>
  );
}
