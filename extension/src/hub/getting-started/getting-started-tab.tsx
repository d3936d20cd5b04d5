import { useCallback } from "react";

import type { GettingStartedStep } from "../../common/api/types";
import { Failure } from "../../shared-ui/components/failure";
import { Skeleton } from "../../shared-ui/components/skeleton";
import { useLive } from "../../shared-ui/hooks/use-live";
import { TabFailure } from "../gate/tab-failure";
import { useHub } from "../hub-context";
import { Checklist } from "./checklist";
import { Dashboard } from "./dashboard/dashboard";

const POLL_MILLISECONDS = 5_000;

/** A check list with its live state, and how the organization is doing: what matters more stands above. */
export function GettingStartedTab() {
  const { api, organization } = useHub();
  const load = useCallback((signal: AbortSignal) => api.listSteps(signal), [api]);
  const { value, error, reload } = useLive(load, POLL_MILLISECONDS);
  if (value === null) {
    return error === null ? (
      <div className="card">
        <Skeleton lines={8} label="Loading the steps" />
      </div>
    ) : (
      <TabFailure error={error} organizationName={organization.name} onRetry={reload} />
    );
  }
  const hasBegun = isDone(value, "first_work_item");
  return (
    <div className="stack">
      {error !== null && <Failure error={error} onRetry={reload} />}
      {!hasBegun && <Checklist key="steps" steps={value} />}
      <Dashboard key="dashboard" />
      {hasBegun && <Checklist key="steps" steps={value} />}
    </div>
  );
}

function isDone(steps: readonly GettingStartedStep[], key: GettingStartedStep["key"]): boolean {
  return steps.some((step) => step.key === key && step.is_done);
}
