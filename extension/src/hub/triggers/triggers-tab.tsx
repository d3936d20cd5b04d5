import { useCallback, useMemo, useState } from "react";

import { TriggersApi, type Trigger } from "../../common/api/triggers-api";
import { Button } from "../../shared-ui/components/button";
import { EmptyState } from "../../shared-ui/components/empty-state";
import { Failure } from "../../shared-ui/components/failure";
import { OutOfDate } from "../../shared-ui/components/out-of-date";
import { Pager } from "../../shared-ui/components/pager";
import { SelectField } from "../../shared-ui/components/select-field";
import { Skeleton } from "../../shared-ui/components/skeleton";
import { usePages, type Paged } from "../../shared-ui/hooks/use-pages";
import { TabFailure } from "../gate/tab-failure";
import { useHub } from "../hub-context";
import { BulkJobs } from "./bulk-jobs";
import { NEW, OpenedTrigger } from "./opened-trigger";
import { ChosenDialog } from "./trigger-dialogs";
import { TriggerList, type TriggerDeed } from "./trigger-list";
import { useTriggerDeeds } from "./use-trigger-deeds";

const POLL_MILLISECONDS = 5_000;

const SHOWN = [
  { value: "", title: "All" },
  { value: "active", title: "Active" },
  { value: "inactive", title: "Inactive" },
] as const;

/** Which work items come under sync by themselves. */
export function TriggersTab({ detail }: { readonly detail: string }) {
  const { call, go, organization } = useHub();
  const api = useMemo(() => new TriggersApi(call), [call]);
  const [shown, setShown] = useState("");
  const load = useCallback(
    (after: string | null, signal: AbortSignal) => api.list(shown === "" ? null : shown === "active", after, signal),
    [api, shown],
  );
  const paged = usePages(load, POLL_MILLISECONDS);
  const { page, error, reload } = paged;
  const deeds = useTriggerDeeds(api, reload);
  if (error?.code === "administrator_required" || (page === null && error !== null)) {
    return <TabFailure error={error} organizationName={organization.name} onRetry={reload} />;
  }
  return (
    <div className="stack">
      <p>
        A trigger puts work items under sync by itself: those that are created or changed and match its condition. What is
        there already stays as it is; Bulk Exalate puts that under sync.
      </p>
      <div className="row">
        <Button kind="primary" icon="add" onClick={() => go(`triggers/${NEW}`)}>
          Create trigger
        </Button>
        <span role="status" className="status success">
          {deeds.word}
        </span>
      </div>
      <OutOfDate error={error} onRetry={reload} />
      {deeds.error !== null && <Failure error={deeds.error} />}
      <TriggersCard paged={paged} shown={shown} onShow={setShown} onDeed={deeds.begin} />
      <BulkJobs key={deeds.started} />
      <ChosenDialog api={api} deeds={deeds} />
      <OpenedTrigger key={detail} api={api} detail={detail} onClose={() => go("triggers")} onSaved={deeds.done} />
    </div>
  );
}

interface TriggersCardProps {
  readonly paged: Paged<Trigger>;
  readonly shown: string;
  readonly onShow: (shown: string) => void;
  readonly onDeed: (deed: TriggerDeed, trigger: Trigger) => void;
}

function TriggersCard({ paged, shown, onShow, onDeed }: TriggersCardProps) {
  const { page } = paged;
  return (
    <div className="card stack">
      {(page === null || page.total > 0 || shown !== "") && (
        <SelectField label="Show" value={shown} choices={SHOWN} onChange={onShow} />
      )}
      {page === null && <Skeleton lines={5} label="Loading the triggers" />}
      {page?.total === 0 && <Nothing isFiltered={shown !== ""} onShowAll={() => onShow("")} />}
      {page !== null && page.total > 0 && (
        <>
          <TriggerList rows={page.items} onDeed={onDeed} />
          <Pager paged={paged} noun="triggers" />
        </>
      )}
    </div>
  );
}

function Nothing({ isFiltered, onShowAll }: { readonly isFiltered: boolean; readonly onShowAll: () => void }) {
  const { go } = useHub();
  if (isFiltered) {
    return (
      <EmptyState title="No trigger matches.">
        <Button onClick={onShowAll}>Show all</Button>
      </EmptyState>
    );
  }
  return (
    <EmptyState title="You do not have any trigger yet.">
      <p>Until there is one, work items are put under sync one by one.</p>
      <Button kind="link" onClick={() => go(`triggers/${NEW}`)}>
        Create a trigger
      </Button>
    </EmptyState>
  );
}
