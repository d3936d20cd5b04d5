import { useState } from "react";

import type { CleanUpApi, CleanUpPreview, CleanUpScope, CleanUpWish } from "../../common/api/clean-up-api";
import type { Connection } from "../../common/api/types";
import { readWorkItemKey } from "../../common/work-item-key";
import { Button } from "../../shared-ui/components/button";
import { ChoiceCards, type Choice } from "../../shared-ui/components/choice-cards";
import { Failure } from "../../shared-ui/components/failure";
import { Message } from "../../shared-ui/components/message";
import { SelectField } from "../../shared-ui/components/select-field";
import { TextField } from "../../shared-ui/components/text-field";
import { useAction } from "../../shared-ui/hooks/use-action";
import { useHub } from "../hub-context";

interface WishFormProps {
  readonly api: CleanUpApi;
  readonly connections: readonly Connection[];
  readonly onAsked: (wish: CleanUpWish, preview: CleanUpPreview) => void;
}

/** What is to be cleaned up. Nothing goes before it was shown and confirmed. */
export function WishForm({ api, connections, onAsked }: WishFormProps) {
  const state = useWish(api, connections, onAsked);
  const { scope, choose, ask } = state;
  return (
    <section className="card stack" aria-labelledby="clean-up-title">
      <div className="stack-small">
        <h2 id="clean-up-title">Clean up</h2>
        <p>
          Forgets pairs on both sides at once, without waiting for what is queued. Work items and everything that was
          synchronized stay, and so do connections. A file is written that connects the pairs again.
        </p>
      </div>
      <ScopeChoice scope={scope} hasConnections={connections.length > 0} onChange={choose} />
      {scope === "work_item" && (
        <TextField
          label="Work item"
          hint="Its number, or its address."
          value={state.key}
          onChange={state.setKey}
          onSubmit={ask.start}
          error={state.flaw}
        />
      )}
      {scope === "connection" && connections.length > 0 && (
        <SelectField
          label="Connection"
          value={state.connectionId}
          choices={connections.map(({ id, name }) => ({ value: id, title: name }))}
          onChange={state.setConnectionId}
        />
      )}
      {state.isNothing && (
        <Message kind="info" isAnnounced>
          {scope === "work_item" ? "This work item is not under sync." : "No work item is under sync there. Nothing is left to clean up."}
        </Message>
      )}
      {ask.error !== null && <Failure error={ask.error} onRetry={ask.start} />}
      <div className="row">
        <Button kind="primary" isBusy={ask.isRunning} onClick={ask.start}>
          Show what would go
        </Button>
      </div>
    </section>
  );
}

interface ScopeChoiceProps {
  readonly scope: CleanUpScope;
  readonly hasConnections: boolean;
  readonly onChange: (scope: CleanUpScope) => void;
}

function ScopeChoice({ scope, hasConnections, onChange }: ScopeChoiceProps) {
  const { organization } = useHub();
  const choices: readonly Choice<CleanUpScope>[] = [
    { value: "work_item", title: "By work item", text: "Its pairs over all connections." },
    {
      value: "connection",
      title: "By connection",
      text: "All pairs of one connection.",
      obstacle: hasConnections ? undefined : "There is no connection yet.",
    },
    { value: "organization", title: "Everything", text: `All pairs of all connections of ${organization.name}.` },
  ];
  return <ChoiceCards legend="What to clean up" choices={choices} value={scope} onChange={onChange} />;
}

function useWish(api: CleanUpApi, connections: readonly Connection[], onAsked: WishFormProps["onAsked"]) {
  const [scope, setScope] = useState<CleanUpScope>("work_item");
  const [key, setKey] = useState("");
  const [connectionId, setConnectionId] = useState(connections[0]?.id ?? "");
  const [flaw, setFlaw] = useState<string | null>(null);
  const [isNothing, setNothing] = useState(false);
  const forget = (): void => {
    setFlaw(null);
    setNothing(false);
    ask.forgetError();
  };
  const ask = useAction(async () => {
    const wish = readWish(scope, key, connectionId);
    setNothing(false);
    if (typeof wish === "string") {
      setFlaw(wish);
      return;
    }
    const preview = await api.preview(wish);
    if (preview.total.twins === 0) setNothing(true);
    else onAsked(wish, preview);
  });
  return {
    scope,
    key,
    connectionId,
    flaw,
    isNothing,
    ask,
    choose: (next: CleanUpScope) => {
      setScope(next);
      forget();
    },
    setKey: (text: string) => {
      setKey(text);
      forget();
    },
    setConnectionId: (id: string) => {
      setConnectionId(id);
      forget();
    },
  };
}

/** The wish, or what is wrong with what was typed. */
function readWish(scope: CleanUpScope, key: string, connectionId: string): CleanUpWish | string {
  if (scope === "connection") return { scope, connection_id: connectionId, work_item_id: null };
  if (scope === "organization") return { scope, connection_id: null, work_item_id: null };
  const found = readWorkItemKey(key);
  return found.kind === "flaw" ? found.message : { scope, connection_id: null, work_item_id: found.number };
}
