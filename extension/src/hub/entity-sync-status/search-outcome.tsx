import { useCallback, useState } from "react";

import type { FoundWorkItem, TwinsApi } from "../../common/api/twins-api";
import { Button } from "../../shared-ui/components/button";
import { EmptyState } from "../../shared-ui/components/empty-state";
import { ExternalLink } from "../../shared-ui/components/external-link";
import { Failure } from "../../shared-ui/components/failure";
import { Skeleton } from "../../shared-ui/components/skeleton";
import { useLive } from "../../shared-ui/hooks/use-live";
import { useHub } from "../hub-context";
import { ConnectDialog } from "./connect-dialog";
import { ExalateDialog } from "./exalate-dialog";

interface SearchOutcomeProps {
  readonly api: TwinsApi;
  readonly text: string;
  readonly onChanged: () => void;
  readonly onClear: () => void;
}

/** No pair has what was searched for: why not, and what can be done about it. */
export function SearchOutcome({ api, text, onChanged, onClear }: SearchOutcomeProps) {
  const load = useCallback((signal: AbortSignal) => api.find(text, signal), [api, text]);
  const { value, error, reload } = useLive(load, null);
  if (error !== null) return <Failure error={error} onRetry={error.code === "validation" ? undefined : reload} />;
  if (value === null) return <Skeleton lines={3} label="Looking for the work item" />;
  if (value.finding === "not_under_sync" && value.work_item !== null) {
    return <NotUnderSync api={api} found={value} workItem={value.work_item} onChanged={onChanged} />;
  }
  return (
    <EmptyState title={titleOf(value, text)}>
      <p className="quiet">{adviceOf(value)}</p>
      <Button onClick={onClear}>Show all</Button>
    </EmptyState>
  );
}

function titleOf({ finding }: FoundWorkItem, text: string): string {
  if (finding === "not_found") return `There is no work item ${text.replace(/^#/, "")} that this node can read.`;
  if (finding === "remote_not_under_sync") return "This work item of your partner is not under sync.";
  return finding === "under_sync" ? "The work item has just come under sync." : "No pair has such a title.";
}

function adviceOf({ finding }: FoundWorkItem): string {
  if (finding === "not_found") return "Check the number; the account of this node needs the right to read its project.";
  if (finding === "remote_not_under_sync") return "Put it under sync on its own side: there it can be seen.";
  return finding === "under_sync" ? "Refresh to see it." : "To find a work item that is not under sync, type its number.";
}

interface NotUnderSyncProps {
  readonly api: TwinsApi;
  readonly found: FoundWorkItem;
  readonly workItem: NonNullable<FoundWorkItem["work_item"]>;
  readonly onChanged: () => void;
}

function NotUnderSync({ api, found, workItem, onChanged }: NotUnderSyncProps) {
  const { go } = useHub();
  const [question, setQuestion] = useState<"exalate" | "connect" | null>(null);
  const shared = {
    api,
    workItemId: workItem.id,
    connections: found.connections,
    onClose: () => setQuestion(null),
    onDone: (): void => {
      setQuestion(null);
      onChanged();
    },
  };
  return (
    <>
      <EmptyState title="This work item is not under sync.">
        <p>
          <ExternalLink url={workItem.url}>{`${found.type ?? "Work item"} ${workItem.id}: ${workItem.title ?? ""}`}</ExternalLink>
        </p>
        {found.connections.length === 0 ? (
          <>
            <p className="quiet">There is no active connection that it could come under sync over.</p>
            <Button onClick={() => go("connections")}>Open Connections</Button>
          </>
        ) : (
          <div className="row">
            <Button kind="primary" onClick={() => setQuestion("exalate")}>
              Exalate
            </Button>
            <Button onClick={() => setQuestion("connect")}>Connect</Button>
          </div>
        )}
      </EmptyState>
      {question === "exalate" && <ExalateDialog {...shared} />}
      {question === "connect" && <ConnectDialog {...shared} />}
    </>
  );
}
