import { useState } from "react";

import type { TwinsApi } from "../../common/api/twins-api";
import type { CounterpartChoice, PanelConnection } from "../../common/api/types";
import { Confirmation } from "../../shared-ui/components/confirmation";
import { SelectField } from "../../shared-ui/components/select-field";
import { besideCounterpart, CounterpartQuestion } from "../../shared-ui/connecting/counterpart-question";
import { useAction } from "../../shared-ui/hooks/use-action";

export interface WayInProps {
  readonly api: TwinsApi;
  readonly workItemId: string;
  readonly connections: readonly PanelConnection[];
  readonly onClose: () => void;
  readonly onDone: () => void;
}

interface ConnectionFieldProps {
  readonly connections: readonly PanelConnection[];
  readonly value: string;
  readonly onChange: (id: string) => void;
}

export function ConnectionField({ connections, value, onChange }: ConnectionFieldProps) {
  const choices = connections.map(({ id, name }) => ({ value: id, title: name }));
  return <SelectField label="Connection" value={value} choices={choices} onChange={onChange} />;
}

/** Over which connection the work item comes under sync. */
export function ExalateDialog({ api, workItemId, connections, onClose, onDone }: WayInProps) {
  const [connectionId, setConnectionId] = useState(connections[0]?.id ?? "");
  const exalate = useAction(async (choice?: CounterpartChoice) => {
    await api.exalate(connectionId, workItemId, choice);
    onDone();
  });
  const choose = (id: string): void => {
    setConnectionId(id);
    exalate.forgetError();
  };
  return (
    <Confirmation
      title={`Put work item ${workItemId} under sync?`}
      confirm="Exalate"
      isBusy={exalate.isRunning}
      error={besideCounterpart(exalate.error)}
      onConfirm={() => exalate.start()}
      onCancel={onClose}
    >
      <p>A counterpart is made on the other side. From then on changes go both ways.</p>
      <ConnectionField connections={connections} value={connectionId} onChange={choose} />
      <CounterpartQuestion error={exalate.error} isBusy={exalate.isRunning} onChoose={exalate.start} />
    </Confirmation>
  );
}
