import { useCallback } from "react";

import type { Connection } from "../../common/api/types";
import { Button } from "../../shared-ui/components/button";
import { Dialog } from "../../shared-ui/components/dialog";
import { Failure } from "../../shared-ui/components/failure";
import { Skeleton } from "../../shared-ui/components/skeleton";
import { useLive } from "../../shared-ui/hooks/use-live";
import { useHub } from "../hub-context";
import { InvitationCode } from "../initiation/invitation-code";

interface CodeDialogProps {
  readonly connection: Connection;
  readonly onClose: () => void;
}

/** The same code once more, while the invitation is open. */
export function CodeDialog({ connection, onClose }: CodeDialogProps) {
  const { api } = useHub();
  const load = useCallback(() => api.readCode(connection.id), [api, connection.id]);
  const { value, error, reload } = useLive(load, null);
  return (
    <Dialog title={`Invitation code of ${connection.name}`} onClose={onClose} footer={<Button onClick={onClose}>Done</Button>}>
      {value !== null && <InvitationCode code={value.code} expiresAt={value.expires_at} />}
      {error !== null && <Failure error={error} onRetry={reload} />}
      {value === null && error === null && <Skeleton lines={4} label="Reading the code" />}
    </Dialog>
  );
}
