import { useMemo } from "react";

import { ErrorsApi, type ErrorCounts } from "../../common/api/errors-api";
import type { Caller } from "../../common/api/hub-api";
import { useLive, type Live } from "../../shared-ui/hooks/use-live";

const INTERVAL_MILLISECONDS = 30_000;

/** How many errors are open, for the menu and the notice; nobody is asked before there is somebody who may ask. */
export function useErrorCounts(call: Caller | null): Live<ErrorCounts> {
  const load = useMemo(() => {
    if (call === null) return never;
    const api = new ErrorsApi(call);
    return (signal: AbortSignal) => api.count({ status: "open" }, signal);
  }, [call]);
  return useLive(load, INTERVAL_MILLISECONDS);
}

function never(): Promise<ErrorCounts> {
  return new Promise(() => undefined);
}
