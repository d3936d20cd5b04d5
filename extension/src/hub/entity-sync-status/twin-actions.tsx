import { useState } from "react";

import type { TwinDetails, TwinsApi } from "../../common/api/twins-api";
import { Button } from "../../shared-ui/components/button";
import { Failure } from "../../shared-ui/components/failure";
import { useAction } from "../../shared-ui/hooks/use-action";
import { ConnectDialog } from "./connect-dialog";
import { ExalateDialog } from "./exalate-dialog";
import { UnexalateDialog } from "./unexalate-dialog";

interface TwinActionsProps {
  readonly api: TwinsApi;
  readonly details: TwinDetails;
  readonly onChanged: () => void;
}

type Question = "unexalate" | "exalate" | "connect";

/** What can be done with a pair, and with its work item over other connections. */
export function TwinActions({ api, details, onChanged }: TwinActionsProps) {
  const [question, setQuestion] = useState<Question | null>(null);
  const [said, setSaid] = useState("");
  const { twin, free } = details;
  const isLinked = twin.status !== "unlinked";
  const syncNow = useAction(async () => {
    await api.syncNow(twin.id);
    setSaid("Both sides are being compared. This page follows.");
    onChanged();
  });
  const close = (): void => setQuestion(null);
  const done = (words: string) => (): void => {
    close();
    setSaid(words);
    onChanged();
  };
  const wayIn = { api, workItemId: twin.local?.id ?? "", connections: free, onClose: close };
  return (
    <>
      <div className="row">
        {isLinked && (
          <Button kind="primary" icon="refresh" isBusy={syncNow.isRunning} onClick={syncNow.start}>
            Sync now
          </Button>
        )}
        {isLinked && twin.local !== null && <Button onClick={() => setQuestion("unexalate")}>Unexalate</Button>}
        {twin.local !== null && free.length > 0 && (
          <>
            <Button onClick={() => setQuestion("exalate")}>{isLinked ? "Exalate over another connection" : "Exalate"}</Button>
            <Button onClick={() => setQuestion("connect")}>Connect</Button>
          </>
        )}
        <span role="status">{said}</span>
      </div>
      {syncNow.error !== null && <Failure error={syncNow.error} />}
      {question === "unexalate" && (
        <UnexalateDialog api={api} twin={twin} onClose={close} onDone={done("The work item is not under sync any more.")} />
      )}
      {question === "exalate" && <ExalateDialog {...wayIn} onDone={done("The work item comes under sync.")} />}
      {question === "connect" && <ConnectDialog {...wayIn} onDone={done("The work items are being connected.")} />}
    </>
  );
}
