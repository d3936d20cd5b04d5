import { useCallback } from "react";

import type { SessionKeeper } from "../../common/api/session";
import type { NodeInformation, Session } from "../../common/api/types";
import { useLive, type Live } from "../../shared-ui/hooks/use-live";

/** Which node this is: the session says so, and where there is none the node itself, if it answers. */
export function useNode(keeper: SessionKeeper, session: Live<Session>): NodeInformation | null {
  const isRefused = session.value === null && session.error !== null;
  const load = useCallback(
    (signal: AbortSignal) => (isRefused ? keeper.readNode(signal) : Promise.resolve(null)),
    [keeper, isRefused],
  );
  const asked = useLive<NodeInformation | null>(load, null);
  return session.value?.node ?? asked.value;
}
