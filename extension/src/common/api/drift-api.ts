import { query } from "../query";
import type { Caller } from "./hub-api";
import type { Job } from "./jobs-api";
import type { Page } from "./types";

export type DriftKind = "local_change" | "partner_differs" | "work_item_gone" | "partner_gone" | "never_synced";

export interface Finding {
  readonly id: string;
  readonly kind: DriftKind;
  readonly twin_id: string | null;
  readonly work_item_id: string | null;
  readonly work_item_url: string | null;
  readonly remote_work_item_id: string | null;
  readonly detail: string;
  readonly keys: readonly string[];
  readonly found_at: string;
}

export interface DriftReport {
  /** The last comparison, deep or not; null before the first. */
  readonly comparison: Job | null;
  readonly deep_comparison: Job | null;
  readonly counts: Readonly<Partial<Record<DriftKind, number>>>;
}

const PAGE_SIZE = 50;

/** Comparisons of a connection. */
export class DriftApi {
  constructor(private readonly call: Caller) {}

  async getReport(connectionId: string, signal?: AbortSignal): Promise<DriftReport> {
    return (await this.call(`${path(connectionId)}/report`, { signal })).body as DriftReport;
  }

  async listFindings(
    connectionId: string,
    kind: DriftKind | "",
    after: string | null,
    signal?: AbortSignal,
  ): Promise<Page<Finding>> {
    const parts = query({ limit: PAGE_SIZE, kind, after });
    return (await this.call(path(connectionId) + parts, { signal })).body as Page<Finding>;
  }

  /** A deep one reads everything, comments too, and sends what was missed. */
  async compare(connectionId: string, isDeep: boolean): Promise<Job> {
    const deed = isDeep ? "compare-in-depth" : "compare";
    return (await this.call(`${path(connectionId)}/${deed}`, { method: "POST" })).body as Job;
  }

  /** Repairs these findings; null for all that are open. */
  async repair(connectionId: string, findingIds: readonly string[] | null): Promise<Job> {
    const body = { finding_ids: findingIds };
    return (await this.call(`${path(connectionId)}/repair`, { method: "POST", body })).body as Job;
  }
}

function path(connectionId: string): string {
  return `/connections/${encodeURIComponent(connectionId)}/drift`;
}
