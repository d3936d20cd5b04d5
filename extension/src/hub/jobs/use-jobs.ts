import { useCallback, useMemo, useRef, useState } from "react";

import { isAtRest, JobsApi, type Job, type JobKind } from "../../common/api/jobs-api";
import type { Page } from "../../common/api/types";
import { useLive, type Live } from "../../shared-ui/hooks/use-live";
import { useHub } from "../hub-context";

const QUICK_MILLISECONDS = 1500;
const CALM_MILLISECONDS = 15_000;
/** After so many readings without news a job is followed calmly: it may wait for a person of the partner for days. */
const STEADY_READINGS = 8;

interface Pace {
  readonly interval: number;
  /** Takes in what was read; the same as before counts as no news. */
  readonly note: (jobs: readonly Job[]) => void;
}

/** Quick while jobs move, calm while they rest or wait. */
function usePace(): Pace {
  const [isQuick, setQuick] = useState(true);
  const last = useRef({ text: "", repeated: 0 });
  const note = useCallback((jobs: readonly Job[]) => {
    const text = JSON.stringify(jobs.map(({ id, status, counts }) => [id, status, counts]));
    last.current = { text, repeated: text === last.current.text ? last.current.repeated + 1 : 0 };
    setQuick(last.current.repeated < STEADY_READINGS && jobs.some((job) => !isAtRest(job)));
  }, []);
  return { interval: isQuick ? QUICK_MILLISECONDS : CALM_MILLISECONDS, note };
}

/**
 * The newest jobs of these kinds, read again quickly while one of them moves. `kinds` must stay the same array; of one
 * connection, if it is named.
 */
export function useJobs(kinds: readonly JobKind[], connectionId: string | null = null): Live<Page<Job>> {
  const { call } = useHub();
  const api = useMemo(() => new JobsApi(call), [call]);
  const { interval, note } = usePace();
  const load = useCallback(
    async (signal: AbortSignal) => {
      const page = await api.list(kinds, connectionId, null, signal);
      note(page.items);
      return page;
    },
    [api, kinds, connectionId, note],
  );
  return useLive(load, interval);
}

/** A job as it is now, read again quickly while it moves; `onRest`, which must stay the same function, hears when it rests. */
export function useJob(job: Job, onRest: (latest: Job) => void): Live<Job> {
  const { call } = useHub();
  const api = useMemo(() => new JobsApi(call), [call]);
  const { id } = job;
  const { interval, note } = usePace();
  const load = useCallback(
    async (signal: AbortSignal) => {
      const latest = await api.get(id, signal);
      if (isAtRest(latest)) onRest(latest);
      note([latest]);
      return latest;
    },
    [api, id, onRest, note],
  );
  return useLive(load, interval);
}
