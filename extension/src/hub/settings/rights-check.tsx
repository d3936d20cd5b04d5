import { useCallback } from "react";

import { Button } from "../../shared-ui/components/button";
import { Failure } from "../../shared-ui/components/failure";
import { Skeleton } from "../../shared-ui/components/skeleton";
import { useLive } from "../../shared-ui/hooks/use-live";
import { useHub } from "../hub-context";
import { RightsList } from "./rights-list";

/** Tries the stored credential now. */
export function RightsCheck() {
  const { api } = useHub();
  const load = useCallback((signal: AbortSignal) => api.getRights(signal), [api]);
  const { value, error, reload } = useLive(load, null);
  return (
    <div className="stack-small">
      <h3>Rights</h3>
      {value !== null && <RightsList rights={value.items} />}
      {error !== null && <Failure error={error} onRetry={reload} />}
      {value === null && error === null && <Skeleton lines={4} label="Checking the rights" />}
      {value !== null && (
        <div>
          <Button icon="refresh" onClick={reload}>
            Check again
          </Button>
        </div>
      )}
    </div>
  );
}
