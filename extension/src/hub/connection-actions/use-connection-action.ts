import { useState } from "react";

import type { ApiError } from "../../common/api/api-error";
import { toApiError } from "../../common/api/api-error";
import type { Connection } from "../../common/api/types";
import { useAction } from "../../shared-ui/hooks/use-action";

export interface ConnectionAction {
  /** The connection as the person sees it; after a conflict, as it is now. */
  readonly seen: Connection;
  /** Somebody else changed it between looking and acting; nothing was done. */
  readonly isConflict: boolean;
  readonly error: ApiError | null;
  readonly isRunning: boolean;
  readonly start: () => void;
}

/** A step on a connection that only happens to what the person has seen. */
export function useConnectionAction(
  connection: Connection,
  run: (seen: Connection) => Promise<void>,
): ConnectionAction {
  const [seen, setSeen] = useState(connection);
  const [isConflict, setConflict] = useState(false);
  const action = useAction(async () => {
    setConflict(false);
    try {
      await run(seen);
    } catch (thrown) {
      const current = readConflict(toApiError(thrown));
      if (current === null) throw thrown;
      setSeen(current);
      setConflict(true);
    }
  });
  return { seen, isConflict, error: action.error, isRunning: action.isRunning, start: action.start };
}

/** The connection as somebody else left it, when that is why the node refused. */
export function readConflict(error: ApiError): Connection | null {
  const { code, current } = error.problem;
  if (code !== "precondition_failed" || typeof current !== "object" || current === null) return null;
  return "revision" in current && "id" in current ? (current as Connection) : null;
}
