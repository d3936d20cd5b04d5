import { useState } from "react";

import { DriftSection } from "../drift/drift-section";
import { Pivot } from "../../shared-ui/components/pivot";
import { useHub } from "../hub-context";
import { EntitySyncStatusTab, WHOLE_LIST } from "./entity-sync-status-tab";

/** What the address calls the second view; ids of pairs are never so short. */
const DRIFT = "drift";
const VIEWS = [
  { key: "pairs", title: "Pairs" },
  { key: DRIFT, title: "Drift" },
] as const;

/** The pairs, and what their two sides no longer have in common. One pair alone has the whole tab. */
export function SyncStatusViews({ detail }: { readonly detail: string }) {
  const { go } = useHub();
  const [view, setView] = useState(WHOLE_LIST);
  if (detail !== "" && detail !== DRIFT) return <EntitySyncStatusTab detail={detail} view={view} onView={setView} />;
  return (
    <Pivot
      label="Views"
      tabs={VIEWS}
      chosen={detail === DRIFT ? DRIFT : "pairs"}
      onChoose={(key) => go(key === DRIFT ? `entity-sync-status/${DRIFT}` : "entity-sync-status")}
    >
      {detail === DRIFT ? <DriftSection /> : <EntitySyncStatusTab detail="" view={view} onView={setView} />}
    </Pivot>
  );
}
