import { useState } from "react";

import type { Connection, IssuedCode } from "../../common/api/types";
import { Button } from "../../shared-ui/components/button";
import { Confirmation } from "../../shared-ui/components/confirmation";
import { Dialog } from "../../shared-ui/components/dialog";
import { useHub } from "../hub-context";
import { InvitationCode } from "../initiation/invitation-code";
import { ConflictNote } from "./conflict-note";
import { useConnectionAction } from "./use-connection-action";

interface NewCodeDialogProps {
  readonly connection: Connection;
  readonly onClose: () => void;
  readonly onChanged: () => void;
}

/** A code in place of the earlier one; where the connection was accepted already, it pairs the nodes anew. */
export function NewCodeDialog({ connection, onClose, onChanged }: NewCodeDialogProps) {
  const { api } = useHub();
  const [issued, setIssued] = useState<IssuedCode | null>(null);
  const { seen, isConflict, error, isRunning, start } = useConnectionAction(connection, async (known) => {
    setIssued(await api.replaceInvitation(known));
    onChanged();
  });
  const isPairing = seen.status !== "pending";
  if (issued !== null) {
    return (
      <Dialog title={`Invitation code of ${seen.name}`} onClose={onClose} footer={<Button onClick={onClose}>Done</Button>}>
        <InvitationCode code={issued.code} expiresAt={issued.expires_at} />
      </Dialog>
    );
  }
  return (
    <Confirmation
      title={isPairing ? `Re-pair ${seen.name}?` : `New invitation code for ${seen.name}?`}
      confirm={isPairing ? "Re-pair" : "New invitation code"}
      isBusy={isRunning}
      error={error}
      onConfirm={start}
      onCancel={onClose}
    >
      {isConflict && <ConflictNote connection={seen} />}
      {isPairing ? (
        <p>
          For when the other node was set up anew or its keys are lost. You get a code for the other administrator; with it
          both nodes exchange new keys. The connection and all pairs of work items stay. Until the code is accepted,
          everything goes on as it is.
        </p>
      ) : (
        <p>The earlier code stops working at once.</p>
      )}
    </Confirmation>
  );
}
