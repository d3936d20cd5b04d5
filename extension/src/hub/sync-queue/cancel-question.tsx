import type { QueueApi, QueueEvent } from "../../common/api/queue-api";
import { Confirmation } from "../../shared-ui/components/confirmation";
import { useAction } from "../../shared-ui/hooks/use-action";

interface CancelQuestionProps {
  readonly api: QueueApi;
  readonly event: QueueEvent;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

/** Asks before an event is dropped, and says what follows from it. */
export function CancelQuestion({ api, event, onClose, onDone }: CancelQuestionProps) {
  const cancel = useAction(async () => {
    await api.cancel(event);
    onDone();
  });
  const isOutgoing = event.direction === "outgoing";
  return (
    <Confirmation
      title={`Cancel event ${event.sequence.toLocaleString()}?`}
      confirm="Cancel event"
      cancel="Keep it"
      isDangerous
      isBusy={cancel.isRunning}
      error={cancel.error}
      onConfirm={cancel.start}
      onCancel={onClose}
    >
      <ul className="stack-small">
        <li>
          {isOutgoing
            ? "The partner will not get this change. Where sending was tried already, it may have arrived nevertheless."
            : "This change will not be written to the work item here. The partner is told."}
        </li>
        <li>The two work items may differ until the same thing changes again.</li>
        <li>
          {isOutgoing
            ? "To bring them together later, use Send again on this event."
            : "To bring them together later, the partner uses Send again on its side."}
        </li>
      </ul>
    </Confirmation>
  );
}
