import { useState } from "react";

import type { PanelApi } from "../common/api/panel-api";
import type { CounterpartChoice, PanelConnection } from "../common/api/types";
import { Button } from "../shared-ui/components/button";
import { Failure } from "../shared-ui/components/failure";
import { besideCounterpart, CounterpartQuestion } from "../shared-ui/connecting/counterpart-question";
import { useAction } from "../shared-ui/hooks/use-action";
import { ConnectionChoice } from "./connection-choice";
import { useFormFocus } from "./use-form-focus";

interface ExalateFormProps {
  readonly api: PanelApi;
  readonly workItemId: number;
  readonly connections: readonly PanelConnection[];
  readonly onClose: () => void;
  readonly onDone: () => void;
}

/** Over which connection the work item comes under sync. */
export function ExalateForm({ api, workItemId, connections, onClose, onDone }: ExalateFormProps) {
  const [connectionId, setConnectionId] = useState(connections[0]?.id ?? "");
  const form = useFormFocus(onClose);
  const exalate = useAction(async (choice?: CounterpartChoice) => {
    await api.exalate(connectionId, workItemId, choice);
    onDone();
  });
  const failure = besideCounterpart(exalate.error);
  const choose = (id: string): void => {
    setConnectionId(id);
    exalate.forgetError();
  };
  return (
    <section ref={form} className="form" aria-label="Exalate">
      <ConnectionChoice connections={connections} value={connectionId} onChange={choose} />
      <CounterpartQuestion error={exalate.error} isBusy={exalate.isRunning} onChoose={exalate.start} />
      {failure !== null && <Failure error={failure} />}
      <div className="row">
        <Button kind="primary" isBusy={exalate.isRunning} onClick={() => exalate.start()}>
          Exalate
        </Button>
        <Button onClick={onClose}>Cancel</Button>
      </div>
    </section>
  );
}
