import { useMemo } from "react";

import type { HubApi } from "../../common/api/hub-api";
import type { Trigger, TriggersApi } from "../../common/api/triggers-api";
import type { Connection } from "../../common/api/types";
import { Button } from "../../shared-ui/components/button";
import { Failure } from "../../shared-ui/components/failure";
import { Message } from "../../shared-ui/components/message";
import { useLive } from "../../shared-ui/hooks/use-live";
import { useHub } from "../hub-context";
import { editForm, newForm } from "./trigger-form";
import { TriggerPanel } from "./trigger-panel";

/** What the address calls a trigger that is made; ids of triggers are never so short. */
export const NEW = "new";

interface OpenedTriggerProps {
  readonly api: TriggersApi;
  readonly detail: string;
  readonly onClose: () => void;
  readonly onSaved: (word: string) => void;
}

/** What the address opens over the list: "new", "new/CONNECTION" or the id of a trigger. */
export function OpenedTrigger({ detail, ...rest }: OpenedTriggerProps) {
  const [place = "", connectionId = ""] = detail.split("/");
  return place === "" ? null : <Opened {...rest} place={place} connectionId={connectionId} />;
}

interface OpenedProps extends Omit<OpenedTriggerProps, "detail"> {
  readonly place: string;
  readonly connectionId: string;
}

function Opened({ api, place, connectionId, onClose, onSaved }: OpenedProps) {
  const { api: hub, go } = useHub();
  const load = useMemo(() => loadPlace(hub, api, place), [hub, api, place]);
  const { value, error, reload } = useLive(load, null);
  if (error?.code === "not_found") return <Message kind="warning">This trigger does not exist any more.</Message>;
  if (error !== null) return <Failure error={error} onRetry={reload} />;
  if (value === null) return null;
  const { connections, trigger } = value;
  if (connections.length === 0) return <NoConnection />;
  return (
    <TriggerPanel
      api={api}
      first={trigger === null ? newForm(choose(connections, connectionId)) : editForm(trigger)}
      connections={connections}
      onClose={onClose}
      onSaved={() => {
        go("triggers");
        onSaved(trigger === null ? "The trigger is created." : "The trigger is saved.");
      }}
    />
  );
}

interface Place {
  readonly connections: readonly Connection[];
  readonly trigger: Trigger | null;
}

function loadPlace(hub: HubApi, api: TriggersApi, place: string): (signal: AbortSignal) => Promise<Place> {
  return async (signal) => {
    const [connections, trigger] = await Promise.all([
      hub.listConnections(signal),
      place === NEW ? null : api.get(place, signal),
    ]);
    return { connections: connections.filter(({ status }) => status !== "removed"), trigger };
  };
}

/** The one that was asked for, or the only one that there is. */
function choose(connections: readonly Connection[], wanted: string): string {
  const found = connections.find(({ id }) => id === wanted) ?? (connections.length === 1 ? connections[0] : undefined);
  return found?.id ?? "";
}

function NoConnection() {
  const { go } = useHub();
  return (
    <Message kind="info">
      <p>A trigger needs a connection that its work items are synced over.</p>
      <Button kind="link" onClick={() => go("connections/initiate")}>
        Initiate a connection
      </Button>
    </Message>
  );
}
