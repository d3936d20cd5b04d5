import { useCallback, useEffect, useMemo, useRef, useState } from "react";

import { countOf, isAtRest, JobsApi, type Job, type JobStatus, type JobStep } from "../../common/api/jobs-api";
import { formatAgo, formatMoment } from "../../common/times";
import { Button } from "../../shared-ui/components/button";
import { Confirmation } from "../../shared-ui/components/confirmation";
import { DownloadButton } from "../../shared-ui/components/download-button";
import { Failure } from "../../shared-ui/components/failure";
import { Message } from "../../shared-ui/components/message";
import { OutOfDate } from "../../shared-ui/components/out-of-date";
import { ProgressBar } from "../../shared-ui/components/progress-bar";
import { StatusLabel } from "../../shared-ui/components/status-label";
import { useAction } from "../../shared-ui/hooks/use-action";
import { useNow } from "../../shared-ui/hooks/use-now";
import { useHub } from "../hub-context";
import { RowPanel } from "./row-panel";
import { doneOf, jobLook, OUTCOME_NAMES, OUTCOMES } from "./job-words";
import { useJob } from "./use-jobs";

interface JobCardProps {
  readonly job: Job;
  /** Hears that the job was steered, or came to rest. */
  readonly onChanged?: () => void;
}

/** How far a job is, and what can be done about it. It keeps itself up to date until the job rests. */
export function JobCard({ job, onChanged }: JobCardProps) {
  const changed = useStable(onChanged);
  return isAtRest(job) ? <Card job={job} onChanged={changed} /> : <LiveCard job={job} onChanged={changed} />;
}

interface CardProps {
  readonly job: Job;
  readonly onChanged: () => void;
}

/** Reads the job again until it rests. */
function LiveCard({ job, onChanged }: CardProps) {
  const [rested, setRested] = useState<Job | null>(null);
  const hasTold = useRef(false);
  const onRest = useCallback(
    (latest: Job) => {
      if (hasTold.current) return;
      hasTold.current = true;
      setRested(latest);
      onChanged();
    },
    [onChanged],
  );
  return rested === null ? (
    <MovingCard job={job} onChanged={onChanged} onRest={onRest} />
  ) : (
    <Card job={rested} onChanged={onChanged} />
  );
}

interface MovingCardProps extends CardProps {
  readonly onRest: (latest: Job) => void;
}

function MovingCard({ job, onChanged, onRest }: MovingCardProps) {
  const { value, error, reload } = useJob(job, onRest);
  const steered = useCallback(() => {
    reload();
    onChanged();
  }, [reload, onChanged]);
  return (
    <>
      <OutOfDate error={error} onRetry={reload} />
      <Card job={value ?? job} onChanged={steered} />
    </>
  );
}

function Card({ job, onChanged }: CardProps) {
  const { icon, tone, text } = jobLook(job);
  const now = useNow();
  return (
    <article className="job-card stack" aria-label={job.title}>
      <div className="row job-head">
        <h3 dir="auto">{job.title}</h3>
        <StatusLabel icon={icon} tone={tone}>
          {text}
        </StatusLabel>
      </div>
      <p className="quiet small">
        Started by {job.created_by}, <time title={formatMoment(job.created_at)}>{formatAgo(job.created_at, now)}</time>
      </p>
      <Trouble job={job} />
      {!isBeforeRows(job) && <ProgressBar label={`Progress of ${job.title}`} done={doneOf(job)} total={job.total} />}
      <Counts job={job} />
      <Actions job={job} onChanged={onChanged} />
    </article>
  );
}

/** Whether it ended before it knew what there is to do: a bar would count for ever. */
function isBeforeRows(job: Job): boolean {
  return job.total === 0 && (job.is_listed || isAtRest(job));
}

function Trouble({ job }: { readonly job: Job }) {
  if (job.error_message === "") return null;
  const isOver = job.status === "failed";
  return (
    <Message kind={isOver ? "error" : "warning"} isAnnounced={false}>
      <p dir="auto">{job.error_message}</p>
      {job.retry_at !== null && <p className="small">It is tried again at {formatMoment(job.retry_at)}.</p>}
      {isOver && job.total === 0 && <p className="small">Nothing was begun.</p>}
    </Message>
  );
}

function Counts({ job }: { readonly job: Job }) {
  const shown = OUTCOMES.filter((outcome) => countOf(job, outcome) > 0);
  if (shown.length === 0) return job.status === "finished" ? <p>There was nothing to do.</p> : null;
  return (
    <ul className="job-counts" aria-label="Work items by outcome">
      {shown.map((outcome) => (
        <li key={outcome} className={outcome}>
          <strong>{countOf(job, outcome).toLocaleString()}</strong> {OUTCOME_NAMES[outcome].toLowerCase()}
        </li>
      ))}
    </ul>
  );
}

function Actions({ job, onChanged }: CardProps) {
  return (
    <div className="row job-actions">
      {!OVER.has(job.status) && <Steering job={job} onChanged={onChanged} />}
      {job.total > 0 && <Results job={job} />}
    </div>
  );
}

const OVER: ReadonlySet<JobStatus> = new Set<JobStatus>(["cancelled", "failed", "finished"]);

function Results({ job }: { readonly job: Job }) {
  const { call } = useHub();
  const api = useMemo(() => new JobsApi(call), [call]);
  const [isShowing, setShowing] = useState(false);
  return (
    <>
      <Button kind="subtle" icon="search" onClick={() => setShowing(true)}>
        {countOf(job, "failed") > 0 ? "Show what failed" : "Show work items"}
      </Button>
      <DownloadButton kind="subtle" fileName={`job-${job.id}.csv`} load={() => api.readResult(job.id)}>
        Download result
      </DownloadButton>
      {isShowing && <RowPanel job={job} onClose={() => setShowing(false)} />}
    </>
  );
}

function Steering({ job, onChanged }: CardProps) {
  const { call } = useHub();
  const api = useMemo(() => new JobsApi(call), [call]);
  const [isAsking, setAsking] = useState(false);
  const step = useAction(async (wanted: JobStep) => {
    await api.step(job.id, wanted);
    setAsking(false);
    onChanged();
  });
  const isPaused = job.status === "paused";
  return (
    <>
      <Button
        icon={isPaused ? "play" : "pause"}
        isDisabled={step.isRunning}
        onClick={() => step.start(isPaused ? "resume" : "pause")}
      >
        {isPaused ? "Resume" : "Pause"}
      </Button>
      <Button icon="block" onClick={() => setAsking(true)}>
        Cancel
      </Button>
      {step.error !== null && !isAsking && <Failure error={step.error} />}
      {isAsking && (
        <CancelQuestion
          job={job}
          action={step}
          onClose={() => {
            step.forgetError();
            setAsking(false);
          }}
        />
      )}
    </>
  );
}

interface CancelQuestionProps {
  readonly job: Job;
  readonly action: ReturnType<typeof useAction<[JobStep]>>;
  readonly onClose: () => void;
}

function CancelQuestion({ job, action, onClose }: CancelQuestionProps) {
  return (
    <Confirmation
      title="Cancel this job?"
      confirm="Cancel the job"
      cancel="Go on with it"
      isDangerous
      isBusy={action.isRunning}
      error={action.error}
      onConfirm={() => action.start("cancel")}
      onCancel={onClose}
    >
      <p dir="auto">{job.title}</p>
      <p>
        What it has done stays done, what it has begun goes on, and nothing more begins. A cancelled job can&rsquo;t be
        resumed. To stop for a while only, pause it.
      </p>
    </Confirmation>
  );
}

/** The same function for as long as the card is there, whatever its owner passes. */
function useStable(callback: (() => void) | undefined): () => void {
  const latest = useRef(callback);
  useEffect(() => {
    latest.current = callback;
  });
  return useCallback(() => latest.current?.(), []);
}
