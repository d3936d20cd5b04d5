import { useEffect, type RefObject } from "react";

import type { CleanUpApi } from "../../common/api/clean-up-api";
import { countOf, type Job, type JobKind } from "../../common/api/jobs-api";
import { DownloadButton } from "../../shared-ui/components/download-button";
import { OutOfDate } from "../../shared-ui/components/out-of-date";
import { Skeleton } from "../../shared-ui/components/skeleton";
import { JobCard } from "../jobs/job-card";
import { useJobs } from "../jobs/use-jobs";

const KINDS: readonly JobKind[] = ["clean_up"];

interface CleanUpJobsProps {
  readonly api: CleanUpApi;
  readonly heading: RefObject<HTMLHeadingElement>;
  /** Another number, and the list is read at once. */
  readonly attempt: number;
}

/** What was cleaned up, the newest first, each with the file that connects it again. */
export function CleanUpJobs({ api, heading, attempt }: CleanUpJobsProps) {
  const { value, error, reload } = useJobs(KINDS);
  useEffect(() => {
    if (attempt > 0) reload();
  }, [attempt, reload]);
  return (
    <section className="card stack" aria-labelledby="earlier-clean-ups">
      <h2 id="earlier-clean-ups" ref={heading} tabIndex={-1}>
        Clean-ups
      </h2>
      <OutOfDate error={error} onRetry={reload} />
      {value === null && error === null && <Skeleton lines={3} label="Loading earlier clean-ups" />}
      {value?.items.length === 0 && <p className="quiet">None yet. Each one is shown here, with a file that takes it back.</p>}
      {value?.items.map((job) => (
        <div key={job.id} className="stack-small">
          <JobCard job={job} onChanged={reload} />
          {countOf(job, "done") > 0 && <FileButton api={api} job={job} />}
        </div>
      ))}
    </section>
  );
}

function FileButton({ api, job }: { readonly api: CleanUpApi; readonly job: Job }) {
  return (
    <div className="row">
      <DownloadButton kind="subtle" fileName={nameFile(job)} load={() => api.readFile(job.id)}>
        Download file for connecting again
      </DownloadButton>
    </div>
  );
}

/** As the node names it: connect-CONNECTION-name-20260105_090000.csv. */
function nameFile({ title, created_at: at }: Job): string {
  const scopes: readonly (readonly [RegExp, string])[] = [
    [/^Clean up work item /, "WORKITEM"],
    [/^Clean up connection /, "CONNECTION"],
    [/^Clean up everything of /, "ORGANIZATION"],
  ];
  const [pattern, scope] = scopes.find(([known]) => known.test(title)) ?? [/^/, "PAIRS"];
  const key = title.replace(pattern, "").replace(/[^A-Za-z0-9_-]/g, "-").slice(0, 60);
  const time = at.slice(0, 19).replace(/[-:]/g, "").replace("T", "_");
  return `connect-${scope}-${key}-${time}.csv`;
}
