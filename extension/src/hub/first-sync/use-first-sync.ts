import { useCallback, useState } from "react";

import type { Connection, CounterpartChoice, Twin } from "../../common/api/types";
import { useAction, type Action } from "../../shared-ui/hooks/use-action";
import { useLive } from "../../shared-ui/hooks/use-live";
import { useHub } from "../hub-context";

const POLL_MILLISECONDS = 1_000;

export interface FirstSync {
  readonly twin: Twin | null;
  readonly action: Action<readonly [key: string, choice?: CounterpartChoice]>;
}

/** Puts a work item under sync and follows it for as long as the person looks on. */
export function useFirstSync(connection: Connection): FirstSync {
  const { api } = useHub();
  const [started, setStarted] = useState<Twin | null>(null);
  const action = useAction(async (key: string, choice?: CounterpartChoice) => {
    setStarted(null);
    setStarted(await api.exalate(connection.id, key, choice));
  });
  const id = started?.local?.id;
  const load = useCallback(
    async (signal: AbortSignal) => (id === undefined ? null : api.getTwin(connection.id, id, signal)),
    [api, connection.id, id],
  );
  const latest = useLive(load, id === undefined ? null : POLL_MILLISECONDS);
  return { twin: latest.value ?? started, action };
}
