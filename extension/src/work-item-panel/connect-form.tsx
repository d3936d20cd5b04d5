import { useState } from "react";

import type { PanelApi } from "../common/api/panel-api";
import type { PanelConnection } from "../common/api/types";
import { Button } from "../shared-ui/components/button";
import { Failure } from "../shared-ui/components/failure";
import { ConnectingFields } from "../shared-ui/connecting/connecting-fields";
import { useConnecting } from "../shared-ui/connecting/use-connecting";
import { ConnectionChoice } from "./connection-choice";
import { useFormFocus } from "./use-form-focus";

interface ConnectFormProps {
  readonly api: PanelApi;
  readonly workItemId: number;
  readonly connections: readonly PanelConnection[];
  readonly onClose: () => void;
  readonly onDone: () => void;
}

/** Links the work item with one that exists on the other side already. */
export function ConnectForm({ api, workItemId, connections, onClose, onDone }: ConnectFormProps) {
  const [connectionId, setConnectionId] = useState(connections[0]?.id ?? "");
  const form = useFormFocus(onClose);
  const connecting = useConnecting(async (remoteId, content) => {
    await api.connect(workItemId, { connection_id: connectionId, remote_work_item_id: remoteId, content });
    onDone();
  });
  return (
    <section ref={form} className="form" aria-label="Connect">
      <ConnectionChoice connections={connections} value={connectionId} onChange={setConnectionId} />
      <ConnectingFields connecting={connecting} />
      {connecting.error !== null && <Failure error={connecting.error} />}
      <div className="row">
        <Button kind="primary" isBusy={connecting.isRunning} onClick={connecting.start}>
          Connect
        </Button>
        <Button onClick={onClose}>Cancel</Button>
      </div>
    </section>
  );
}
