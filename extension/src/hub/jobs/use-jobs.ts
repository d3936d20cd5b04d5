import { useCallback, useMemo, useState } from "react";

import { isAtRest, JobsApi, type Job, type JobKind } from "../../common/api/jobs-api";
import type { Page } from "../../common/api/types";
import { useLive, type Live } from "../../shared-ui/hooks/use-live";
import { useHub } from "../hub-context";

const QUICK_MILLISECONDS = 1500;
const CALM_MILLISECONDS = 15_000;

/**
 * The newest jobs of these kinds, read again quickly while one of them goes on. `kinds` must stay the same array; of one
 * connection, if it is named.
 */
export function useJobs(kinds: readonly JobKind[], connectionId: string | null = null): Live<Page<Job>> {
  const { call } = useHub();
  const api = useMemo(() => new JobsApi(call), [call]);
  const [isBusy, setBusy] = useState(false);
  const load = useCallback(
    async (signal: AbortSignal) => {
      const page = await api.list(kinds, connectionId, null, signal);
      setBusy(page.items.some((job) => !isAtRest(job)));
      return page;
    },
    [api, kinds, connectionId],
  );
  return useLive(load, isBusy ? QUICK_MILLISECONDS : CALM_MILLISECONDS);
}

/** A job as it is now, read again quickly; `onRest`, which must stay the same function, hears when it rests. */
export function useJob(job: Job, onRest: (latest: Job) => void): Live<Job> {
  const { call } = useHub();
  const api = useMemo(() => new JobsApi(call), [call]);
  const { id } = job;
  const load = useCallback(
    async (signal: AbortSignal) => {
      const latest = await api.get(id, signal);
      if (isAtRest(latest)) onRest(latest);
      return latest;
    },
    [api, id, onRest],
  );
  return useLive(load, QUICK_MILLISECONDS);
}
