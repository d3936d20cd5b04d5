import { useCallback, useState } from "react";

import type { TwinDetails, TwinsApi } from "../../common/api/twins-api";
import { Button } from "../../shared-ui/components/button";
import { Failure } from "../../shared-ui/components/failure";
import { OutOfDate } from "../../shared-ui/components/out-of-date";
import { Pivot } from "../../shared-ui/components/pivot";
import { Skeleton } from "../../shared-ui/components/skeleton";
import { useLive } from "../../shared-ui/hooks/use-live";
import { TabFailure } from "../gate/tab-failure";
import { useHub } from "../hub-context";
import { ConflictsSection } from "./conflicts-section";
import { HistorySection } from "./history-section";
import { OverviewSection } from "./overview-section";
import { ReplicaSection } from "./replica-section";
import { TracesSection } from "./traces-section";
import { TwinActions } from "./twin-actions";
import { nameOf } from "./twin-table";

const INTERVAL_MILLISECONDS = 3_000;

interface TwinPageProps {
  readonly api: TwinsApi;
  readonly id: string;
  readonly onBack: () => void;
}

/** One pair in all its details; it follows what becomes of it. */
export function TwinPage({ api, id, onBack }: TwinPageProps) {
  const { organization } = useHub();
  const load = useCallback((signal: AbortSignal) => api.show(id, signal), [api, id]);
  const { value, error, reload } = useLive(load, INTERVAL_MILLISECONDS);
  if (error?.code === "administrator_required") {
    return <TabFailure error={error} organizationName={organization.name} onRetry={reload} />;
  }
  return (
    <div className="stack">
      <div>
        <Button kind="subtle" icon="back" onClick={onBack}>
          Back to the list
        </Button>
      </div>
      {value === null && error === null && (
        <div className="card">
          <Skeleton lines={8} label="Loading the pair" />
        </div>
      )}
      {value === null && error !== null && <Failure error={error} onRetry={reload} />}
      {value !== null && (
        <>
          <OutOfDate error={error} onRetry={reload} />
          <OpenTwin api={api} details={value} onChanged={reload} />
        </>
      )}
    </div>
  );
}

interface OpenTwinProps {
  readonly api: TwinsApi;
  readonly details: TwinDetails;
  readonly onChanged: () => void;
}

function OpenTwin({ api, details, onChanged }: OpenTwinProps) {
  const [section, setSection] = useState("overview");
  const { twin, conflicts } = details;
  const { onErrorsChanged } = useHub();
  const onDecided = (): void => {
    onChanged();
    onErrorsChanged();
  };
  const undecided = conflicts.filter(({ status }) => status === "open" || status === "wanted").length;
  const tabs = [
    { key: "overview", title: "Overview" },
    { key: "conflicts", title: "Conflicts", count: undecided },
    { key: "history", title: "History", count: details.changes },
    { key: "traces", title: "Comments and files", count: details.traces },
    { key: "replicas", title: "Replicas" },
  ];
  return (
    <section className="card stack" aria-label="Pair">
      <h2 dir="auto" className="break">
        {nameOf(twin)}
      </h2>
      <TwinActions api={api} details={details} onChanged={onChanged} />
      <Pivot label="Details" tabs={tabs} chosen={section} onChoose={setSection}>
        {section === "overview" && <OverviewSection api={api} details={details} onChanged={onChanged} />}
        {section === "conflicts" && <ConflictsSection api={api} conflicts={conflicts} onChanged={onDecided} />}
        {section === "history" && <HistorySection api={api} id={twin.id} />}
        {section === "traces" && <TracesSection api={api} id={twin.id} />}
        {section === "replicas" && <ReplicaSection held={details.held} received={details.received} />}
      </Pivot>
    </section>
  );
}
