import { useCallback, useEffect, useState } from "react";

import { toApiError, type ApiError } from "../../common/api/api-error";
import { isAbort } from "../../common/api/call";
import type { Condition, Preview, TriggersApi } from "../../common/api/triggers-api";

const PAUSE_MILLISECONDS = 600;

export interface PreviewState {
  /** What fits; kept while a newer condition is looked at. */
  readonly preview: Preview | null;
  /** What is wrong with the condition that is typed now. */
  readonly error: ApiError | null;
  readonly isChecking: boolean;
  readonly retry: () => void;
}

interface Answered {
  readonly key: string;
  readonly preview: Preview | null;
  readonly error: ApiError | null;
}

/** Asks the node what a condition finds once the person pauses in typing; null asks nothing. */
export function usePreview(api: TriggersApi, condition: Condition | null): PreviewState {
  const [answered, setAnswered] = useState<Answered | null>(null);
  const [attempt, setAttempt] = useState(0);
  const text = condition === null ? null : JSON.stringify(condition);
  const key = text === null ? "" : `${attempt} ${text}`;
  useEffect(() => {
    if (text === null) return;
    const request = new AbortController();
    const wanted = JSON.parse(text) as Condition;
    const ask = (): void => {
      api.preview(wanted, request.signal).then(
        (preview) => setAnswered({ key, preview, error: null }),
        (thrown: unknown) => {
          if (!isAbort(thrown)) setAnswered({ key, preview: null, error: toApiError(thrown) });
        },
      );
    };
    const timer = setTimeout(ask, PAUSE_MILLISECONDS);
    return () => {
      clearTimeout(timer);
      request.abort();
    };
  }, [api, text, key]);
  const retry = useCallback(() => setAttempt((count) => count + 1), []);
  const isCurrent = answered?.key === key;
  return {
    preview: text === null ? null : (answered?.preview ?? null),
    error: isCurrent ? answered.error : null,
    isChecking: text !== null && !isCurrent,
    retry,
  };
}
