import { isAtRest, type Job, type JobKind } from "../../common/api/jobs-api";
import { OutOfDate } from "../../shared-ui/components/out-of-date";
import { JobCard } from "../jobs/job-card";
import { useJobs } from "../jobs/use-jobs";

const KINDS: readonly JobKind[] = ["bulk_exalate", "bulk_unexalate"];
/** How many that are over are shown beside those that go on. */
const KEPT = 2;

/** What Bulk Exalate and Bulk Unexalate are doing, and what became of the last ones. */
export function BulkJobs() {
  const { value, error, reload } = useJobs(KINDS);
  const shown = listShown(value?.items ?? []);
  if (shown.length === 0 && error === null) return null;
  return (
    <section className="card stack" aria-label="Bulk work">
      <h2>Bulk work</h2>
      <OutOfDate error={error} onRetry={reload} />
      {shown.map((job) => (
        <JobCard key={job.id} job={job} onChanged={reload} />
      ))}
    </section>
  );
}

/** All that go on, then the newest that are over. */
function listShown(jobs: readonly Job[]): readonly Job[] {
  return [...jobs.filter((job) => !isAtRest(job)), ...jobs.filter(isAtRest).slice(0, KEPT)];
}
