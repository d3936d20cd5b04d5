import type { Connection } from "../../common/api/types";
import { count } from "../../common/times";
import { TypedConfirmation } from "../../shared-ui/components/typed-confirmation";
import { describeDestination } from "../connections/connection-status";
import { useHub } from "../hub-context";
import { ConflictNote } from "./conflict-note";
import { useConnectionAction } from "./use-connection-action";

interface DeleteDialogProps {
  readonly connection: Connection;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

/** Says what stays and what goes, and asks for the name. */
export function DeleteDialog({ connection, onClose, onDone }: DeleteDialogProps) {
  const { api } = useHub();
  const { seen, isConflict, error, isRunning, start } = useConnectionAction(connection, async (known) => {
    await api.removeConnection(known);
    onDone();
  });
  return (
    <TypedConfirmation
      title={`Delete ${seen.name}?`}
      name={seen.name}
      confirm="Delete connection"
      isBusy={isRunning}
      error={error}
      onConfirm={start}
      onCancel={onClose}
    >
      {isConflict && <ConflictNote connection={seen} />}
      <ul className="stack-small">
        <li>
          <strong>Stays:</strong> all work items on both sides, with everything that was synchronized.
        </li>
        <li>
          <strong>Goes:</strong> this connection and the pairing of {count(seen.under_sync, "work item")}. Later changes do
          not reach the other side any more.
        </li>
        {seen.in_progress + seen.queue.outgoing + seen.queue.incoming > 0 && (
          <li>
            <strong>Is lost:</strong> what is on its way now: {count(seen.in_progress, "work item")} in progress,{" "}
            {count(seen.queue.outgoing, "message")} out, {count(seen.queue.incoming, "message")} in.
          </li>
        )}
        {seen.remote !== null && (
          <li>
            <bdi>{describeDestination(seen)}</bdi> is told; its page shows <strong>Ended by the partner</strong>.
          </li>
        )}
      </ul>
    </TypedConfirmation>
  );
}
