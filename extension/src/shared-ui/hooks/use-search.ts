import { useEffect, useState } from "react";

import { toApiError, type ApiError } from "../../common/api/api-error";
import { isAbort } from "../../common/api/call";
import type { Page } from "../../common/api/types";

const PAUSE_MILLISECONDS = 200;

export interface SearchResult<Item> {
  readonly page: Page<Item> | null;
  readonly error: ApiError | null;
  readonly isSearching: boolean;
}

interface Found<Item> {
  readonly asked: string;
  readonly page: Page<Item> | null;
  readonly error: ApiError | null;
}

/** Asks after the person pauses in typing; an answer to an earlier text is never shown for a later one. */
export function useSearch<Item>(
  search: (text: string, signal: AbortSignal) => Promise<Page<Item>>,
  text: string,
  isWanted: boolean,
  attempt: number,
): SearchResult<Item> {
  const [found, setFound] = useState<Found<Item> | null>(null);
  const asked = `${attempt} ${text}`;
  useEffect(() => {
    if (!isWanted) return;
    const request = new AbortController();
    const ask = (): void => {
      search(text, request.signal).then(
        (page) => setFound({ asked, page, error: null }),
        (thrown: unknown) => {
          if (!isAbort(thrown)) setFound({ asked, page: null, error: toApiError(thrown) });
        },
      );
    };
    const timer = setTimeout(ask, text === "" ? 0 : PAUSE_MILLISECONDS);
    return () => {
      clearTimeout(timer);
      request.abort();
    };
  }, [search, text, isWanted, asked]);
  return {
    page: found?.page ?? null,
    error: found?.error ?? null,
    isSearching: isWanted && found?.asked !== asked,
  };
}
