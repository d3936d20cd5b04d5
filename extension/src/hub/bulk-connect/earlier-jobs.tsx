import { useEffect, type RefObject } from "react";

import type { JobKind } from "../../common/api/jobs-api";
import { OutOfDate } from "../../shared-ui/components/out-of-date";
import { Skeleton } from "../../shared-ui/components/skeleton";
import { JobCard } from "../jobs/job-card";
import { useJobs } from "../jobs/use-jobs";

const KINDS: readonly JobKind[] = ["bulk_connect"];

interface EarlierJobsProps {
  readonly heading: RefObject<HTMLHeadingElement>;
  /** Another number, and the list is read at once. */
  readonly attempt: number;
}

/** What was connected from files, the newest first. */
export function EarlierJobs({ heading, attempt }: EarlierJobsProps) {
  const { value, error, reload } = useJobs(KINDS);
  useEffect(() => {
    if (attempt > 0) reload();
  }, [attempt, reload]);
  return (
    <section className="card stack" aria-labelledby="earlier-connects">
      <h2 id="earlier-connects" ref={heading} tabIndex={-1}>
        Files that were connected
      </h2>
      <OutOfDate error={error} onRetry={reload} />
      {value === null && error === null && <Skeleton lines={3} label="Loading earlier files" />}
      {value?.items.length === 0 && <p className="quiet">None yet. A file that is being connected is shown here.</p>}
      {value?.items.map((job) => <JobCard key={job.id} job={job} onChanged={reload} />)}
    </section>
  );
}
