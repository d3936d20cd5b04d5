import { useCallback, useEffect, useRef, useState } from "react";

import { toApiError, type ApiError } from "../../common/api/api-error";

export interface Action<Arguments extends readonly unknown[]> {
  readonly isRunning: boolean;
  readonly error: ApiError | null;
  /** Does nothing while it is running: a double click acts once. */
  readonly start: (...values: Arguments) => void;
  readonly forgetError: () => void;
}

/** Something a person starts: it runs once at a time and keeps why it failed. */
export function useAction<Arguments extends readonly unknown[]>(
  run: (...values: Arguments) => Promise<void>,
): Action<Arguments> {
  const [isRunning, setRunning] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const isBusy = useRef(false);
  const latest = useRef(run);
  useEffect(() => {
    latest.current = run;
  });
  const start = useCallback((...values: Arguments) => {
    if (isBusy.current) return;
    isBusy.current = true;
    setRunning(true);
    setError(null);
    latest
      .current(...values)
      .catch((thrown: unknown) => setError(toApiError(thrown)))
      .finally(() => {
        isBusy.current = false;
        setRunning(false);
      });
  }, []);
  const forgetError = useCallback(() => setError(null), []);
  return { isRunning, error, start, forgetError };
}
