import { useCallback, useState } from "react";

import type { ApiError } from "../common/api/api-error";
import type { PanelApi } from "../common/api/panel-api";
import type { PanelState } from "../common/api/types";
import { Button } from "../shared-ui/components/button";
import { Failure } from "../shared-ui/components/failure";
import { Skeleton } from "../shared-ui/components/skeleton";
import { useLive } from "../shared-ui/hooks/use-live";
import { ConnectForm } from "./connect-form";
import { ExalateForm } from "./exalate-form";
import { Pair } from "./pair";

const POLL_MILLISECONDS = 3_000;

interface PairListProps {
  readonly api: PanelApi;
  readonly workItemId: number;
}

/** Every connection that this work item is in, and the ways into another one. */
export function PairList({ api, workItemId }: PairListProps) {
  const load = useCallback((signal: AbortSignal) => api.read(workItemId, signal), [api, workItemId]);
  const { value, error, reload } = useLive(load, POLL_MILLISECONDS);
  if (error !== null && isAboutRights(error)) return <NoPermission detail={error.problem.detail} />;
  if (error !== null && value === null) {
    return <Failure error={error} onRetry={reload} />;
  }
  if (value === null) return <Skeleton lines={3} label="Loading the sync state" />;
  return (
    <>
      {error !== null && <Failure error={error} onRetry={reload} />}
      {value.items.map((twin) => (
        <Pair key={twin.id} api={api} twin={twin} workItemId={workItemId} canEdit={value.can_edit !== false} onChanged={reload} />
      ))}
      <WaysIn api={api} state={value} workItemId={workItemId} onChanged={reload} />
    </>
  );
}

/** Azure DevOps does not tell a work item that may not be read from one that does not exist. */
function isAboutRights({ code, problem }: ApiError): boolean {
  return problem.status === 403 || code === "work_item_not_found";
}

function NoPermission({ detail }: { readonly detail: string }) {
  return (
    <>
      <p>You may not see the sync state of this work item.</p>
      {detail !== "" && (
        <p className="quiet" dir="auto">
          {detail}
        </p>
      )}
    </>
  );
}

interface WaysInProps extends PairListProps {
  readonly state: PanelState;
  readonly onChanged: () => void;
}

function WaysIn({ api, state, workItemId, onChanged }: WaysInProps) {
  const [form, setForm] = useState<"exalate" | "connect" | null>(null);
  const { items, connections } = state;
  const used = new Set(items.filter((twin) => twin.status !== "unlinked").map((twin) => twin.connection_id));
  const free = connections.filter((connection) => connection.status === "active" && !used.has(connection.id));
  const obstacle = findObstacle(state, free.length);
  if (obstacle !== null) return obstacle === "" ? null : <p className="quiet">{obstacle}</p>;
  const done = (): void => {
    setForm(null);
    onChanged();
  };
  const shared = { api, workItemId, connections: free, onClose: () => setForm(null), onDone: done };
  if (form === "exalate") return <ExalateForm {...shared} />;
  if (form === "connect") return <ConnectForm {...shared} />;
  return (
    <>
      {items.length === 0 && <p className="quiet">This work item is not under sync.</p>}
      <div className="row">
        <Button kind="primary" onClick={() => setForm("exalate")}>
          Exalate
        </Button>
        <Button onClick={() => setForm("connect")}>Connect</Button>
      </div>
    </>
  );
}

/** Why there is nothing to do here; each reason is another sentence. */
function findObstacle({ items, connections, can_edit: canEdit }: PanelState, free: number): string | null {
  if (connections.length === 0 && items.length === 0) {
    return "Your organization has no connection yet. An administrator creates one in Organization settings › Exalate.";
  }
  if (canEdit === false) return "To put it under sync you need the right to edit this work item.";
  if (free > 0) return null;
  if (items.length > 0) return "";
  return "No connection is active now. An administrator can activate one in Organization settings › Exalate.";
}
