import { useState } from "react";

import { fieldMessage } from "../../common/api/api-error";
import { readWorkItemKey } from "../../common/work-item-key";
import { ChoiceCards } from "../../shared-ui/components/choice-cards";
import { Confirmation } from "../../shared-ui/components/confirmation";
import { TextField } from "../../shared-ui/components/text-field";
import { useAction } from "../../shared-ui/hooks/use-action";
import { ConnectionField, type WayInProps } from "./exalate-dialog";

const WINNERS = [
  { value: "local", title: "This work item's", text: "The other side is changed to match." },
  { value: "remote", title: "The other side's", text: "This work item is changed to match." },
] as const;

/** Links the work item with one that exists on the other side already. */
export function ConnectDialog({ api, workItemId, connections, onClose, onDone }: WayInProps) {
  const [connectionId, setConnectionId] = useState(connections[0]?.id ?? "");
  const [text, setText] = useState("");
  const [content, setContent] = useState<"local" | "remote">("local");
  const [flaw, setFlaw] = useState<string | null>(null);
  const connect = useAction(async (remoteId: string) => {
    await api.connect(workItemId, { connection_id: connectionId, remote_work_item_id: remoteId, content });
    onDone();
  });
  const start = (): void => {
    const key = readWorkItemKey(text);
    setFlaw(key.kind === "flaw" ? key.message : null);
    if (key.kind === "key") connect.start(key.number);
  };
  const fieldError = fieldMessage(connect.error, "remote_work_item_id");
  return (
    <Confirmation
      title={`Connect work item ${workItemId} with an existing one?`}
      confirm="Connect"
      isBusy={connect.isRunning}
      error={fieldError === null ? connect.error : null}
      onConfirm={start}
      onCancel={onClose}
    >
      <ConnectionField connections={connections} value={connectionId} onChange={setConnectionId} />
      <TextField
        label="Remote work item key"
        hint="The number of the work item on the other side, or its address. It must be in the connection's project."
        value={text}
        onChange={(typed) => {
          setText(typed);
          setFlaw(null);
          connect.forgetError();
        }}
        onSubmit={start}
        error={flaw ?? fieldError}
        takesFocus
      />
      <ChoiceCards<"local" | "remote">
        legend="Whose content wins where the two differ?"
        value={content}
        onChange={setContent}
        choices={WINNERS}
      />
    </Confirmation>
  );
}
