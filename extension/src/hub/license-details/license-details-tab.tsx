import { useCallback, useMemo } from "react";

import { LicenseApi } from "../../common/api/license-api";
import { OutOfDate } from "../../shared-ui/components/out-of-date";
import { Skeleton } from "../../shared-ui/components/skeleton";
import { useLive } from "../../shared-ui/hooks/use-live";
import { TabFailure } from "../gate/tab-failure";
import { useHub } from "../hub-context";
import { HeldItems } from "./held-items";
import { PlanCard } from "./plan-card";
import { UsageCard } from "./usage-card";

const POLL_MILLISECONDS = 15_000;

/** The plan, what of it is used, and what waits. Nothing is sold here. */
export function LicenseDetailsTab() {
  const { call, organization } = useHub();
  const api = useMemo(() => new LicenseApi(call), [call]);
  const load = useCallback((signal: AbortSignal) => api.getLicense(signal), [api]);
  const { value, error, reload } = useLive(load, POLL_MILLISECONDS);
  if (value === null) {
    return error === null ? (
      <div className="card">
        <Skeleton lines={8} label="Loading the plan" />
      </div>
    ) : (
      <TabFailure error={error} organizationName={organization.name} onRetry={reload} />
    );
  }
  return (
    <div className="stack">
      <OutOfDate error={error} onRetry={reload} />
      <PlanCard license={value} />
      {(value.limit !== null || value.held > 0) && <HeldItems api={api} />}
      <UsageCard api={api} license={value} />
    </div>
  );
}
