import { useState } from "react";

import type { ListedTwin, TwinsApi } from "../../common/api/twins-api";
import { count } from "../../common/times";
import { ChoiceCards } from "../../shared-ui/components/choice-cards";
import { Confirmation } from "../../shared-ui/components/confirmation";
import { useAction } from "../../shared-ui/hooks/use-action";

interface UnexalateDialogProps {
  readonly api: TwinsApi;
  readonly twin: ListedTwin;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

/** Asks before a pair is ended. */
export function UnexalateDialog({ api, twin, onClose, onDone }: UnexalateDialogProps) {
  const [waiting, setWaiting] = useState<"finish" | "stop">("finish");
  const amount = twin.waiting.outgoing + twin.waiting.incoming;
  const unexalate = useAction(async () => {
    await api.unexalate(twin.connection_id, twin.local?.id ?? "", waiting);
    onDone();
  });
  return (
    <Confirmation
      title={`Take work item ${twin.local?.id ?? ""} out of sync?`}
      confirm="Unexalate"
      isDangerous
      isBusy={unexalate.isRunning}
      error={unexalate.error}
      onConfirm={unexalate.start}
      onCancel={onClose}
    >
      <p>Both work items stay as they are; later changes do not reach the other side any more.</p>
      {(amount > 0 || twin.in_progress) && (
        <ChoiceCards<"finish" | "stop">
          legend={amount > 0 ? `${count(amount, "change")} still waiting` : "Changes are still on their way"}
          value={waiting}
          onChange={setWaiting}
          choices={[
            { value: "finish", title: "Finish first", text: "It is refused while changes are on their way; try again then." },
            { value: "stop", title: "Stop now", text: "What waits is dropped." },
          ]}
        />
      )}
    </Confirmation>
  );
}
