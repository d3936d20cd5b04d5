import { useCallback, useEffect } from "react";

import type { SessionKeeper } from "../../common/api/session";
import { useLive, type Live } from "../../shared-ui/hooks/use-live";
import type { Session } from "../../common/api/types";

const PAUSE_MILLISECONDS = 5_000;

/** Opens the session; tries again by itself while the node is not available. */
export function useSession(keeper: SessionKeeper): Live<Session> {
  const load = useCallback(() => keeper.open(), [keeper]);
  const session = useLive(load, null);
  const { error, reload } = session;
  useEffect(() => {
    if (error?.isTransient !== true) return;
    const timer = setTimeout(reload, (error.problem.retryAfterSeconds ?? 0) * 1000 || PAUSE_MILLISECONDS);
    return () => clearTimeout(timer);
  }, [error, reload]);
  return session;
}
