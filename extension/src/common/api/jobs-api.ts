import { query } from "../query";
import type { Caller } from "./hub-api";
import type { Page } from "./types";

export type JobKind =
  | "bulk_exalate"
  | "bulk_unexalate"
  | "bulk_connect"
  | "clean_up"
  | "comparison"
  | "deep_comparison"
  | "drift_repair";
export type JobStatus = "waiting" | "running" | "paused" | "cancelled" | "finished" | "failed";
export type RowOutcome = "waiting" | "started" | "done" | "already" | "skipped" | "failed" | "cancelled";

export interface Job {
  readonly id: string;
  readonly kind: JobKind;
  readonly status: JobStatus;
  readonly title: string;
  readonly connection_id: string | null;
  readonly created_at: string;
  readonly created_by: string;
  readonly started_at: string | null;
  readonly finished_at: string | null;
  /** Whether all rows are known; before that, `total` still grows. */
  readonly is_listed: boolean;
  readonly total: number;
  readonly counts: Readonly<Partial<Record<RowOutcome, number>>>;
  /** Why it failed, or what it waits for; "" for nothing. */
  readonly error_code: string;
  readonly error_message: string;
  /** When it is tried again; null while nothing stops it. */
  readonly retry_at: string | null;
}

export interface JobRow {
  /** Counts from 1; in a job made from a file it is the line. */
  readonly number: number;
  readonly work_item_id: string | null;
  readonly work_item_url: string | null;
  readonly remote_work_item_id: string | null;
  readonly outcome: RowOutcome;
  readonly message: string;
}

export type JobStep = "pause" | "resume" | "cancel";

const PAGE_SIZE = 50;
const OVER: ReadonlySet<JobStatus> = new Set<JobStatus>(["cancelled", "finished", "failed"]);

/** How many rows ended so. */
export function countOf(job: Job, outcome: RowOutcome): number {
  return job.counts[outcome] ?? 0;
}

/** Whether nothing more will happen: what a cancelled job had begun still goes on by itself. */
export function isAtRest(job: Job): boolean {
  return OVER.has(job.status) && countOf(job, "started") === 0;
}

/** Jobs: long work on many work items. */
export class JobsApi {
  constructor(private readonly call: Caller) {}

  /** The newest first, of these kinds; of one connection, if it is named. */
  async list(
    kinds: readonly JobKind[],
    connectionId: string | null,
    after: string | null,
    signal?: AbortSignal,
  ): Promise<Page<Job>> {
    const parts = query({ limit: PAGE_SIZE, kind: kinds.join(","), connection_id: connectionId, after });
    return (await this.call(`/jobs${parts}`, { signal })).body as Page<Job>;
  }

  async get(id: string, signal?: AbortSignal): Promise<Job> {
    return (await this.call(path(id), { signal })).body as Job;
  }

  async step(id: string, step: JobStep): Promise<Job> {
    return (await this.call(`${path(id)}/${step}`, { method: "POST" })).body as Job;
  }

  async listRows(
    id: string,
    outcome: RowOutcome | "",
    after: string | null,
    signal?: AbortSignal,
  ): Promise<Page<JobRow>> {
    const parts = query({ limit: PAGE_SIZE, outcome, after });
    return (await this.call(`${path(id)}/rows${parts}`, { signal })).body as Page<JobRow>;
  }

  /** What became of every row, as CSV. */
  async readResult(id: string): Promise<string> {
    return (await this.call(`${path(id)}/result`, { wantsFile: true })).body as string;
  }

  /** Puts all work items of the connection's project under sync that match; null for all of them. */
  async bulkExalate(connectionId: string, condition: string | null): Promise<Job> {
    return this.startBulk(connectionId, "bulk-exalate", condition);
  }

  /** Takes all that match out of sync over the connection; null for all of them. */
  async bulkUnexalate(connectionId: string, condition: string | null): Promise<Job> {
    return this.startBulk(connectionId, "bulk-unexalate", condition);
  }

  private async startBulk(connectionId: string, deed: string, condition: string | null): Promise<Job> {
    const address = `/connections/${encodeURIComponent(connectionId)}/${deed}`;
    return (await this.call(address, { method: "POST", body: { query: condition } })).body as Job;
  }
}

function path(id: string): string {
  return `/jobs/${encodeURIComponent(id)}`;
}
