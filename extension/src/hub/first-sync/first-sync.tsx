import { useState } from "react";

import { fieldMessage, type ApiError } from "../../common/api/api-error";
import { errorText } from "../../common/api/error-texts";
import type { Connection, CounterpartChoice } from "../../common/api/types";
import { readWorkItemKey } from "../../common/work-item-key";
import { Button } from "../../shared-ui/components/button";
import { Message } from "../../shared-ui/components/message";
import { TextField } from "../../shared-ui/components/text-field";
import { besideCounterpart, CounterpartQuestion } from "../../shared-ui/connecting/counterpart-question";
import { useHub } from "../hub-context";
import { TwinProgress } from "./twin-progress";
import { useFirstSync } from "./use-first-sync";

interface FirstSyncProps {
  readonly connection: Connection;
  readonly takesFocus?: boolean;
}

/** Puts one work item under sync and shows live how it arrives on the other side. */
export function FirstSync({ connection, takesFocus = false }: FirstSyncProps) {
  const { organization } = useHub();
  const [text, setText] = useState("");
  const [flaw, setFlaw] = useState<string | null>(null);
  const { twin, action } = useFirstSync(connection);
  if (connection.status !== "active") {
    return (
      <Message kind="info">
        {connection.status === "pending"
          ? "Waiting for acceptance: work items can be put under sync once the other side has accepted."
          : "Only an active connection takes work items."}
      </Message>
    );
  }
  const start = (choice?: CounterpartChoice): void => {
    const key = readWorkItemKey(text);
    setFlaw(key.kind === "flaw" ? key.message : null);
    if (key.kind === "key") action.start(key.key, choice);
  };
  return (
    <div className="stack">
      <TextField
        label="Work item key"
        hint={
          <>
            The number of a work item in <bdi>{organization.name}</bdi>, or its address.
          </>
        }
        value={text}
        onChange={(typed) => {
          setText(typed);
          setFlaw(null);
          action.forgetError();
        }}
        onSubmit={() => start()}
        error={flaw ?? messageOf(besideCounterpart(action.error))}
        takesFocus={takesFocus}
      />
      <CounterpartQuestion error={action.error} isBusy={action.isRunning} onChoose={start} />
      <div>
        <Button kind="primary" isBusy={action.isRunning} onClick={() => start()}>
          Exalate
        </Button>
      </div>
      <div role="status">{twin !== null && <TwinProgress twin={twin} />}</div>
    </div>
  );
}

function messageOf(error: ApiError | null): string | null {
  if (error === null) return null;
  const { title, next } = errorText(error.code);
  return fieldMessage(error, "work_item") ?? [title, error.problem.detail, next].filter((part) => part !== "").join(" ");
}
