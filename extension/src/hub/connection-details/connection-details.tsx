import { useState } from "react";

import type { Connection } from "../../common/api/types";
import { Button } from "../../shared-ui/components/button";
import { DiscardQuestion } from "../../shared-ui/components/discard-question";
import { Panel } from "../../shared-ui/components/panel";
import { ConnectionActionDialogs, type ChosenAction } from "../connection-actions/connection-action-dialogs";
import { AuditTrail } from "./audit-trail";
import { isDirty } from "./connection-form";
import { ConnectionSummary } from "./connection-summary";
import { EditForm } from "./edit-form";
import { InvitationSection } from "./invitation-section";
import { useConnectionForm } from "./use-connection-form";

interface ConnectionDetailsProps {
  readonly latest: Connection;
  readonly onClose: () => void;
  readonly onChanged: () => void;
}

/** One connection: how it is, what can be changed, and who changed it. */
export function ConnectionDetails({ latest, onClose, onChanged }: ConnectionDetailsProps) {
  const state = useConnectionForm(latest, onChanged);
  const [isAsking, setAsking] = useState(false);
  const [action, setAction] = useState<ChosenAction | null>(null);
  const hasChanges = isDirty(state.form);
  const close = (): void => {
    if (hasChanges) setAsking(true);
    else onClose();
  };
  const act = (kind: ChosenAction["kind"]) => setAction({ kind, connection: latest });
  const canSave = hasChanges && state.form.theirs === null && state.form.values.name.trim() !== "";
  return (
    <Panel
      title={<bdi>{latest.name}</bdi>}
      onClose={close}
      footer={
        <>
          <Button kind="subtle" icon="delete" onClick={() => act("delete")}>
            Delete connection
          </Button>
          <span className="spring" />
          <Button onClick={close}>Close</Button>
          <Button kind="primary" isDisabled={!canSave} isBusy={state.save.isRunning} onClick={state.save.start}>
            Save
          </Button>
        </>
      }
    >
      <div className="stack">
        <ConnectionSummary connection={latest} onAction={act} />
        <InvitationSection connection={latest} onAction={act} />
        <EditForm state={state} />
        <AuditTrail connection={latest} />
      </div>
      <ConnectionActionDialogs action={action} onClose={() => setAction(null)} onChanged={onChanged} />
      {isAsking && <DiscardQuestion onKeep={() => setAsking(false)} onDiscard={onClose} />}
    </Panel>
  );
}
