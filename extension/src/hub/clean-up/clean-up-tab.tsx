import { useCallback, useMemo, useRef, useState } from "react";

import { CleanUpApi, type CleanUpPreview, type CleanUpWish } from "../../common/api/clean-up-api";
import { Skeleton } from "../../shared-ui/components/skeleton";
import { useLive } from "../../shared-ui/hooks/use-live";
import { TabFailure } from "../gate/tab-failure";
import { useHub } from "../hub-context";
import { CleanUpJobs } from "./clean-up-jobs";
import { PreviewDialog } from "./preview-dialog";
import { WishForm } from "./wish-form";

interface Asked {
  readonly wish: CleanUpWish;
  readonly preview: CleanUpPreview;
}

/** Pairs that are to be forgotten on both sides: by work item, by connection, all of them. */
export function CleanUpTab() {
  const { api: hub, call, organization } = useHub();
  const api = useMemo(() => new CleanUpApi(call), [call]);
  const load = useCallback((signal: AbortSignal) => hub.listConnections(signal), [hub]);
  const { value, error, reload } = useLive(load, null);
  const [asked, setAsked] = useState<Asked | null>(null);
  const [started, setStarted] = useState(0);
  const jobs = useRef<HTMLHeadingElement>(null);
  if (value === null) {
    return error === null ? (
      <div className="card">
        <Skeleton lines={8} label="Loading connections" />
      </div>
    ) : (
      <TabFailure error={error} organizationName={organization.name} onRetry={reload} />
    );
  }
  return (
    <div className="stack">
      <WishForm api={api} connections={value} onAsked={(wish, preview) => setAsked({ wish, preview })} />
      <CleanUpJobs api={api} heading={jobs} attempt={started} />
      {asked !== null && (
        <PreviewDialog
          api={api}
          wish={asked.wish}
          preview={asked.preview}
          onClose={() => setAsked(null)}
          onStarted={() => {
            setAsked(null);
            setStarted((count) => count + 1);
            // The dialog gives the focus back to its button first.
            setTimeout(() => jobs.current?.focus());
          }}
        />
      )}
    </div>
  );
}
