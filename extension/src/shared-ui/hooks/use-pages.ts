import { useCallback, useMemo, useState } from "react";

import type { ApiError } from "../../common/api/api-error";
import type { Page } from "../../common/api/types";
import { useLive } from "./use-live";

export interface Paged<Item> {
  /** The page shown; null before the first one has come. */
  readonly page: Page<Item> | null;
  readonly error: ApiError | null;
  /** The number of the page's first row, from 1. */
  readonly first: number;
  readonly hasEarlier: boolean;
  readonly earlier: () => void;
  readonly later: () => void;
  readonly reload: () => void;
}

type LoadPage<Item> = (after: string | null, signal: AbortSignal) => Promise<Page<Item>>;

interface Place {
  readonly after: string | null;
  readonly first: number;
}

interface Kept<Item> {
  readonly load: LoadPage<Item>;
  readonly page: Page<Item>;
  readonly first: number;
}

const BEGINNING: Place = { after: null, first: 1 };

/**
 * A list of the node's, page by page. The page shown is read again every so many milliseconds (null: once). Another
 * `load`, with another filter or order, begins at the first page; it must stay the same function otherwise.
 */
export function usePages<Item>(load: LoadPage<Item>, intervalMilliseconds: number | null): Paged<Item> {
  const [walked, setWalked] = useState<{ readonly load: LoadPage<Item>; readonly places: readonly Place[] }>({
    load,
    places: [BEGINNING],
  });
  const places = useMemo(() => (walked.load === load ? walked.places : [BEGINNING]), [walked, load]);
  const place = places[places.length - 1] ?? BEGINNING;
  const { after } = place;
  const loadPage = useCallback((signal: AbortSignal) => load(after, signal), [load, after]);
  const { value, error, reload } = useLive(loadPage, intervalMilliseconds);
  const [kept, setKept] = useState<Kept<Item> | null>(null);
  if (value !== null && kept?.page !== value) setKept({ load, page: value, first: place.first });
  // Until another page of the same list has come, the earlier one stays, and with it the keyboard's place.
  const current = value === null && kept?.load === load ? kept : { page: value, first: place.first };
  const next = value?.next ?? null;
  const shown = value?.items.length ?? 0;
  const later = useCallback(() => {
    if (next !== null) setWalked({ load, places: [...places, { after: next, first: place.first + shown }] });
  }, [next, load, places, place, shown]);
  const earlier = useCallback(() => {
    if (places.length > 1) setWalked({ load, places: places.slice(0, -1) });
  }, [load, places]);
  return { page: current.page, error, first: current.first, hasEarlier: places.length > 1, earlier, later, reload };
}
