import { useCallback, useMemo } from "react";

import { DashboardApi } from "../../../common/api/dashboard-api";
import { EmptyState } from "../../../shared-ui/components/empty-state";
import { Failure } from "../../../shared-ui/components/failure";
import { OutOfDate } from "../../../shared-ui/components/out-of-date";
import { Skeleton } from "../../../shared-ui/components/skeleton";
import { useLive } from "../../../shared-ui/hooks/use-live";
import { useHub } from "../../hub-context";
import { ActivityCharts } from "./activity-charts";
import { isEmpty } from "./dashboard-logic";
import { LatencyCard } from "./latency-card";
import { StandingCards } from "./standing-cards";

const POLL_MILLISECONDS = 15_000;

/** How the organization is doing: where things stand, and how they went. */
export function Dashboard() {
  const { call } = useHub();
  const api = useMemo(() => new DashboardApi(call), [call]);
  const load = useCallback((signal: AbortSignal) => api.getDashboard(signal), [api]);
  const { value, error, reload } = useLive(load, POLL_MILLISECONDS);
  return (
    <section className="stack" aria-label="Dashboard">
      {value === null && error === null && (
        <div className="card">
          <Skeleton lines={6} label="Loading the dashboard" />
        </div>
      )}
      {value === null && error !== null && <Failure error={error} onRetry={reload} />}
      {value !== null && <OutOfDate error={error} onRetry={reload} />}
      {value !== null && isEmpty(value) && (
        <div className="card">
          <EmptyState title="Nothing has been synchronized yet">
            <p>Figures and charts stand here from the first work item on.</p>
          </EmptyState>
        </div>
      )}
      {value !== null && !isEmpty(value) && (
        <>
          <StandingCards dashboard={value} />
          <ActivityCharts dashboard={value} />
          <LatencyCard dashboard={value} />
        </>
      )}
    </section>
  );
}
