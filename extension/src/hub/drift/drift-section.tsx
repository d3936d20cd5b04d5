import { useMemo } from "react";

import { Failure } from "../../shared-ui/components/failure";
import { Skeleton } from "../../shared-ui/components/skeleton";
import { useConnections } from "../connections/use-connections";
import { useHub } from "../hub-context";
import { DriftView } from "./drift-view";

/** Drift of all connections that are active. */
export function DriftSection() {
  const { api } = useHub();
  const { value, error, reload } = useConnections(api);
  const active = useMemo(() => value?.filter(({ status }) => status === "active"), [value]);
  if (active !== undefined) return <DriftView connections={active} />;
  if (error !== null) return <Failure error={error} onRetry={reload} />;
  return (
    <div className="card">
      <Skeleton lines={6} label="Loading the connections" />
    </div>
  );
}
