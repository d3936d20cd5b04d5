import { useMemo } from "react";

import type { HubApi } from "../../common/api/hub-api";
import type { Connection } from "../../common/api/types";
import { useLive, type Live } from "../../shared-ui/hooks/use-live";
import { keepSame } from "./connection-rows";

const POLL_MILLISECONDS = 2_000;

/** All connections, read again every two seconds. */
export function useConnections(api: HubApi): Live<readonly Connection[]> {
  const load = useMemo(() => followConnections(api), [api]);
  return useLive(load, POLL_MILLISECONDS);
}

function followConnections(api: HubApi): (signal: AbortSignal) => Promise<readonly Connection[]> {
  let known: readonly Connection[] = [];
  return async (signal) => {
    known = keepSame(known, await api.listConnections(signal));
    return known;
  };
}
