import type { Organization } from "../../common/api/types";
import { TypedConfirmation } from "../../shared-ui/components/typed-confirmation";
import { useAction } from "../../shared-ui/hooks/use-action";
import { useHub } from "../hub-context";

interface DisconnectDialogProps {
  readonly organization: Organization;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

export function DisconnectDialog({ organization, onClose, onDone }: DisconnectDialogProps) {
  const { api } = useHub();
  const disconnect = useAction(async () => {
    await api.disconnectOrganization();
    onDone();
  });
  return (
    <TypedConfirmation
      title={`Disconnect ${organization.name}?`}
      name={organization.name}
      confirm="Disconnect organization"
      isBusy={disconnect.isRunning}
      error={disconnect.error}
      onConfirm={disconnect.start}
      onCancel={onClose}
    >
      <ul className="stack-small">
        <li>
          <strong>Stays:</strong> all work items, and the audit trail in the node.
        </li>
        <li>
          <strong>Goes:</strong> the account and its secret, the settings, what the node remembers of past syncs.
        </li>
        <li>Revoke the token or the secret in Azure DevOps as well; only you can do that.</li>
      </ul>
    </TypedConfirmation>
  );
}
