import { useCallback, useMemo, useRef, useState } from "react";

import type { Connection } from "../../common/api/types";
import { Button } from "../../shared-ui/components/button";
import { EmptyState } from "../../shared-ui/components/empty-state";
import { Skeleton } from "../../shared-ui/components/skeleton";
import { useLive } from "../../shared-ui/hooks/use-live";
import { TabFailure } from "../gate/tab-failure";
import { useHub } from "../hub-context";
import { ConnectForm } from "./connect-form";
import { EarlierJobs } from "./earlier-jobs";

/** Pairs of work items that exist on both sides, connected from a file. */
export function BulkConnectTab() {
  const { api, organization } = useHub();
  const load = useCallback((signal: AbortSignal) => api.listConnections(signal), [api]);
  const { value, error, reload } = useLive(load, null);
  if (value === null) {
    return error === null ? (
      <div className="card">
        <Skeleton lines={8} label="Loading connections" />
      </div>
    ) : (
      <TabFailure error={error} organizationName={organization.name} onRetry={reload} />
    );
  }
  return <Loaded connections={value} />;
}

function Loaded({ connections }: { readonly connections: readonly Connection[] }) {
  const usable = useMemo(() => connections.filter(({ status }) => status === "active"), [connections]);
  const [started, setStarted] = useState(0);
  const jobs = useRef<HTMLHeadingElement>(null);
  if (usable.length === 0) return <NoConnection isAny={connections.length > 0} />;
  return (
    <div className="stack">
      <ConnectForm
        key={started}
        connections={usable}
        onStarted={() => {
          setStarted((count) => count + 1);
          jobs.current?.focus();
        }}
      />
      <EarlierJobs heading={jobs} attempt={started} />
    </div>
  );
}

function NoConnection({ isAny }: { readonly isAny: boolean }) {
  const { go } = useHub();
  return (
    <div className="card">
      <EmptyState title={isAny ? "No connection is active" : "There is no connection yet"}>
        <p>Bulk Connect needs an active connection to the organization that the other work items are in.</p>
        <Button kind="primary" onClick={() => go("connections")}>
          Go to Connections
        </Button>
      </EmptyState>
    </div>
  );
}
