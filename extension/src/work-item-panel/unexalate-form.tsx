import { useState } from "react";

import type { PanelApi } from "../common/api/panel-api";
import type { Twin } from "../common/api/types";
import { count } from "../common/times";
import { Button } from "../shared-ui/components/button";
import { ChoiceCards } from "../shared-ui/components/choice-cards";
import { Failure } from "../shared-ui/components/failure";
import { useAction } from "../shared-ui/hooks/use-action";
import { stopWhenThrough } from "./unexalation";
import { useFormFocus } from "./use-form-focus";
import { useIsOpen } from "./use-is-open";

interface UnexalateFormProps {
  readonly api: PanelApi;
  readonly twin: Twin;
  readonly workItemId: number;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

/** Asks before the pair is ended; inside the group, which is too small for a dialog. */
export function UnexalateForm({ api, twin, workItemId, onClose, onDone }: UnexalateFormProps) {
  const [waiting, setWaiting] = useState<"finish" | "stop">("finish");
  const form = useFormFocus(onClose);
  const isOpen = useIsOpen();
  const unexalate = useAction(async () => {
    const stop = () => api.unexalate(twin.connection_id, workItemId, waiting);
    if (await stopWhenThrough(stop, isOpen)) onDone();
  });
  const amount = twin.waiting.outgoing + twin.waiting.incoming;
  return (
    <section ref={form} className="form" aria-label="Unexalate">
      <p tabIndex={-1}>
        <strong>Take this work item out of sync?</strong> Both work items stay as they are; later changes do not reach the
        other side any more.
      </p>
      {amount > 0 && (
        <ChoiceCards<"finish" | "stop">
          legend={`${count(amount, "change")} still waiting`}
          value={waiting}
          onChange={setWaiting}
          choices={[
            { value: "finish", title: "Finish first", text: "What waits is still exchanged." },
            { value: "stop", title: "Stop now", text: "What waits is dropped." },
          ]}
        />
      )}
      <p role="status" className="quiet">
        {unexalate.isRunning && waiting === "finish" && "Waiting until what is on its way is through…"}
      </p>
      {unexalate.error !== null && <Failure error={unexalate.error} />}
      <div className="row">
        <Button kind="danger" isBusy={unexalate.isRunning} onClick={unexalate.start}>
          Unexalate
        </Button>
        <Button onClick={onClose}>Cancel</Button>
      </div>
    </section>
  );
}
