import { useCallback, useEffect, useRef, useState } from "react";

import { Poller, type LiveValue } from "../../common/poller";

export interface Live<Value> extends LiveValue<Value> {
  readonly reload: () => void;
}

type Load<Value> = (signal: AbortSignal) => Promise<Value>;

const NOTHING = { value: null, error: null } as const;

/** A value that is read again every so many milliseconds, or once (null). `load` must stay the same function. */
export function useLive<Value>(load: Load<Value>, intervalMilliseconds: number | null): Live<Value> {
  const [latest, setLatest] = useState<{ readonly load: Load<Value>; readonly state: LiveValue<Value> } | null>(null);
  const poller = useRef<Poller<Value> | null>(null);
  useEffect(() => {
    const current = new Poller(load, intervalMilliseconds, (state) => setLatest({ load, state }));
    poller.current = current;
    current.start();
    return () => current.stop();
  }, [load, intervalMilliseconds]);
  const reload = useCallback(() => poller.current?.refresh(), []);
  // What an earlier function loaded is not the value of this one.
  const state = latest?.load === load ? latest.state : NOTHING;
  return { ...state, reload };
}
