import { useState } from "react";

import type { PanelApi } from "../common/api/panel-api";
import type { Twin } from "../common/api/types";
import { count, formatAgo } from "../common/times";
import { Button } from "../shared-ui/components/button";
import { ExternalLink } from "../shared-ui/components/external-link";
import { StatusLabel } from "../shared-ui/components/status-label";
import { useNow } from "../shared-ui/hooks/use-now";
import { describeTwin } from "../shared-ui/twin-status";
import { PairError } from "./pair-error";
import { UnexalateForm } from "./unexalate-form";

interface PairProps {
  readonly api: PanelApi;
  readonly twin: Twin;
  readonly workItemId: number;
  readonly canEdit: boolean;
  readonly onChanged: () => void;
}

/** The work item and its counterpart over one connection. */
export function Pair({ api, twin, workItemId, canEdit, onChanged }: PairProps) {
  const [isAsking, setAsking] = useState(false);
  const { word, icon, tone } = describeTwin(twin);
  const done = (): void => {
    setAsking(false);
    onChanged();
  };
  return (
    <section className="pair" aria-label={twin.connection_name}>
      <div className="row">
        <strong dir="auto" className="break">
          {twin.connection_name}
        </strong>
        <span role="status">
          <StatusLabel icon={icon} tone={tone}>
            {word}
          </StatusLabel>
        </span>
      </div>
      <Counterpart twin={twin} />
      {twin.errors.map((error) => (
        <PairError key={error.id} api={api} error={error} canEdit={canEdit} onChanged={onChanged} />
      ))}
      {isAsking ? (
        <UnexalateForm api={api} twin={twin} workItemId={workItemId} onClose={() => setAsking(false)} onDone={done} />
      ) : (
        canEdit &&
        twin.status !== "unlinked" && (
          <div>
            <Button onClick={() => setAsking(true)}>
              Unexalate
            </Button>
          </div>
        )
      )}
    </section>
  );
}

function Counterpart({ twin }: { readonly twin: Twin }) {
  const now = useNow();
  const { remote, waiting, conflicts } = twin;
  const amount = waiting.outgoing + waiting.incoming;
  return (
    <>
      {remote === null ? (
        <div className="quiet">There is no counterpart yet.</div>
      ) : (
        <div>
          Counterpart: <ExternalLink url={remote.url}>{`${remote.organization_name} ${remote.id}`}</ExternalLink>
        </div>
      )}
      <div className="quiet small">
        Last synchronized {formatAgo(twin.synchronized_at, now)}
        {amount > 0 && ` · ${count(amount, "change")} waiting`}
        {conflicts > 0 && ` · ${count(conflicts, "conflict")}: the value that lost is kept`}
      </div>
    </>
  );
}
