import type { Connection } from "../../common/api/types";
import type { RowActionKind } from "../connections/row-actions";
import { ExalatePanel } from "../first-sync/exalate-panel";
import { CodeDialog } from "./code-dialog";
import { DeleteDialog } from "./delete-dialog";
import { NewCodeDialog } from "./new-code-dialog";
import { SimpleDialog } from "./simple-dialog";

export interface ChosenAction {
  readonly kind: Exclude<RowActionKind, "edit">;
  readonly connection: Connection;
}

interface ConnectionActionDialogsProps {
  readonly action: ChosenAction | null;
  readonly onClose: () => void;
  readonly onChanged: () => void;
}

/** What opens for an action that was chosen for a connection, in the list or in its details. */
export function ConnectionActionDialogs({ action, onClose, onChanged }: ConnectionActionDialogsProps) {
  if (action === null) return null;
  const { kind, connection } = action;
  const onDone = (): void => {
    onChanged();
    onClose();
  };
  const shared = { connection, onClose, onDone };
  if (kind === "copy-code") return <CodeDialog connection={connection} onClose={onClose} />;
  if (kind === "new-code") return <NewCodeDialog connection={connection} onClose={onClose} onChanged={onChanged} />;
  if (kind === "exalate") return <ExalatePanel connection={connection} onClose={onClose} />;
  if (kind === "delete") return <DeleteDialog {...shared} />;
  if (kind === "revoke") return <RevokeDialog {...shared} />;
  return kind === "activate" ? <ActivateDialog {...shared} /> : <DeactivateDialog {...shared} />;
}

interface StepProps {
  readonly connection: Connection;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

function RevokeDialog(props: StepProps) {
  return (
    <SimpleDialog
      {...props}
      title={`Revoke the invitation of ${props.connection.name}?`}
      confirm="Revoke invitation"
      isDangerous
      run={(api, seen) => api.revokeInvitation(seen)}
    >
      <p>Its code stops working at once. The connection stays Pending; you can make a new code at any time.</p>
    </SimpleDialog>
  );
}

function ActivateDialog(props: StepProps) {
  return (
    <SimpleDialog
      {...props}
      title={`Activate ${props.connection.name}?`}
      confirm="Activate"
      run={(api, seen) => api.activate(seen)}
    >
      <p>What was queued meanwhile is exchanged, then changes flow again.</p>
    </SimpleDialog>
  );
}

function DeactivateDialog(props: StepProps) {
  return (
    <SimpleDialog
      {...props}
      title={`Deactivate ${props.connection.name}?`}
      confirm="Deactivate"
      run={(api, seen) => api.deactivate(seen)}
    >
      <p>Messages stop flowing. Changes are still noticed and queued on both sides, and applied on activation.</p>
    </SimpleDialog>
  );
}
