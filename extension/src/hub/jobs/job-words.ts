import { countOf, isAtRest, type Job, type JobKind, type RowOutcome } from "../../common/api/jobs-api";
import type { StatusTone } from "../../shared-ui/components/status-label";
import type { IconName } from "../../shared-ui/components/icon";

export const KIND_NAMES: Readonly<Record<JobKind, string>> = {
  bulk_exalate: "Bulk Exalate",
  bulk_unexalate: "Bulk Unexalate",
  bulk_connect: "Bulk Connect",
  clean_up: "Clean-up",
  comparison: "Comparison",
  deep_comparison: "Deep comparison",
  drift_repair: "Repair",
};

export const OUTCOME_NAMES: Readonly<Record<RowOutcome, string>> = {
  waiting: "Waiting",
  started: "Under way",
  done: "Done",
  already: "Nothing to do",
  skipped: "Skipped",
  failed: "Failed",
  cancelled: "Cancelled",
};

/** In the order in which they are told: what became of rows, then what is still to come. */
export const OUTCOMES: readonly RowOutcome[] = ["done", "already", "skipped", "failed", "cancelled", "started", "waiting"];

interface Look {
  readonly icon: IconName;
  readonly tone: StatusTone;
  readonly text: string;
}

export function jobLook(job: Job): Look {
  switch (job.status) {
    case "waiting":
      return job.retry_at === null
        ? { icon: "clock", tone: "neutral", text: "Waiting" }
        : { icon: "warning", tone: "warning", text: "Waiting" };
    case "running":
      return { icon: "refresh", tone: "info", text: "Running" };
    case "paused":
      return { icon: "pause", tone: "neutral", text: "Paused" };
    case "cancelled":
      return { icon: "block", tone: "neutral", text: isAtRest(job) ? "Cancelled" : "Cancelled, the rest goes on" };
    case "failed":
      return { icon: "error", tone: "error", text: "Failed" };
    case "finished":
      return countOf(job, "failed") === 0
        ? { icon: "success", tone: "success", text: "Finished" }
        : { icon: "warning", tone: "warning", text: "Finished, some failed" };
  }
}

export function outcomeLook(outcome: RowOutcome): Look {
  const text = OUTCOME_NAMES[outcome];
  switch (outcome) {
    case "done":
    case "already":
      return { icon: "success", tone: "success", text };
    case "failed":
      return { icon: "error", tone: "error", text };
    case "started":
      return { icon: "refresh", tone: "info", text };
    case "waiting":
      return { icon: "clock", tone: "neutral", text };
    case "skipped":
    case "cancelled":
      return { icon: "block", tone: "neutral", text };
  }
}

/** How many rows are over. */
export function doneOf(job: Job): number {
  return job.total - countOf(job, "waiting") - countOf(job, "started");
}
