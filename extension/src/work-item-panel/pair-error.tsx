import type { PanelApi } from "../common/api/panel-api";
import { errorText } from "../common/api/error-texts";
import type { SyncError } from "../common/api/types";
import { Button } from "../shared-ui/components/button";
import { Failure } from "../shared-ui/components/failure";
import { Message } from "../shared-ui/components/message";
import { useAction } from "../shared-ui/hooks/use-action";

interface PairErrorProps {
  readonly api: PanelApi;
  readonly error: SyncError;
  readonly canEdit: boolean;
  readonly onChanged: () => void;
}

/** Why the pair stopped, and the way to go on. */
export function PairError({ api, error, canEdit, onChanged }: PairErrorProps) {
  const retry = useAction(async () => {
    await api.retry(error.id);
    onChanged();
  });
  return (
    <Message kind={error.is_transient ? "warning" : "error"}>
      <strong>{errorText(error.code).title}</strong>
      <p dir="auto">{error.message}</p>
      {error.is_transient && <p>It is tried again by itself.</p>}
      {canEdit && (
        <div className="row">
          <Button isBusy={retry.isRunning} onClick={retry.start}>
            Retry
          </Button>
        </div>
      )}
      {retry.error !== null && <Failure error={retry.error} />}
    </Message>
  );
}
