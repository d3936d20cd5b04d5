import { useState } from "react";

import { Confirmation } from "../../shared-ui/components/confirmation";
import { ConnectingFields } from "../../shared-ui/connecting/connecting-fields";
import { useConnecting } from "../../shared-ui/connecting/use-connecting";
import { ConnectionField, type WayInProps } from "./exalate-dialog";

/** Links the work item with one that exists on the other side already. */
export function ConnectDialog({ api, workItemId, connections, onClose, onDone }: WayInProps) {
  const [connectionId, setConnectionId] = useState(connections[0]?.id ?? "");
  const connecting = useConnecting(async (remoteId, content) => {
    await api.connect(workItemId, { connection_id: connectionId, remote_work_item_id: remoteId, content });
    onDone();
  });
  return (
    <Confirmation
      title={`Connect work item ${workItemId} with an existing one?`}
      confirm="Connect"
      isBusy={connecting.isRunning}
      error={connecting.error}
      onConfirm={connecting.start}
      onCancel={onClose}
    >
      <ConnectionField connections={connections} value={connectionId} onChange={setConnectionId} />
      <ConnectingFields connecting={connecting} />
    </Confirmation>
  );
}
