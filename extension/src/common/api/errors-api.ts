import { query } from "../query";
import type { Caller } from "./hub-api";
import type { Page } from "./types";

export const IMPACTS = ["work_item", "connection", "trigger", "node", "warning"] as const;

export type Impact = (typeof IMPACTS)[number];
export type ErrorSide = "local" | "remote";
export type ErrorStatus = "open" | "history";
export type Resolution = "" | "by_itself" | "retried" | "resolved";
export type Place = "connection" | "settings" | "work_item" | "triggers" | "notifications" | "license" | "partner" | "nowhere";

export interface ErrorItem {
  readonly id: string;
  readonly impact: Impact;
  readonly status: ErrorStatus;
  readonly code: string;
  readonly message: string;
  readonly connection_id: string | null;
  readonly connection_name: string | null;
  /** The organization on the other side of the connection. */
  readonly partner: string | null;
  readonly work_item_id: string | null;
  readonly url: string | null;
  readonly side: ErrorSide;
  readonly occurrences: number;
  readonly opened_at: string;
  readonly last_seen_at: string;
  readonly closed_at: string | null;
  readonly is_transient: boolean;
  /** Somebody had it tried again, and the outcome is not known yet. */
  readonly retrying: boolean;
  readonly resolution: Resolution;
  readonly cause: string;
}

/** Errors of one cause, with one of them as a sample. */
export interface ErrorGroup {
  readonly cause: string;
  readonly records: number;
  readonly work_items: number;
  readonly occurrences: number;
  readonly oldest_at: string;
  readonly newest_at: string;
  readonly sample: ErrorItem;
}

export interface ErrorDetails {
  readonly error: ErrorItem;
  readonly blocks: string;
  readonly advice: { readonly step: string; readonly place: Place };
  readonly can_retry: boolean;
  readonly same_cause: number;
  readonly subject: string;
  readonly remote_url: string | null;
  readonly correlation_id: string;
  readonly technical: string;
  readonly resolved_by: string;
  readonly note: string;
  readonly retried_at: string | null;
}

export interface GraveError {
  readonly id: string;
  readonly impact: Impact;
  readonly message: string;
  readonly opened_at: string;
}

export interface ErrorCounts {
  readonly total: number;
  readonly impacts: Readonly<Record<Impact, number>>;
  readonly codes: Readonly<Record<string, number>>;
  /** The newest one that stops a connection or the node. */
  readonly newest_grave: GraveError | null;
  /** What waits for a yes or no of this side, over all connections. */
  readonly proposals: number;
  /** Pairs with a value that lost and that nobody has decided on. */
  readonly conflicting: number;
}

/** Which errors; what is empty or left out says nothing. */
export interface ErrorFilter {
  readonly status: ErrorStatus;
  readonly impact?: Impact | undefined;
  readonly connection_id?: string | undefined;
  readonly code?: string | undefined;
  readonly side?: ErrorSide | undefined;
  readonly work_item_id?: number | undefined;
  readonly search?: string | undefined;
  /** Those of one group. */
  readonly cause?: string | undefined;
}

export type ErrorSort = "time" | "-time" | "count" | "-count" | "impact" | "-impact";

const PAGE_SIZE = 50;

/** The requests of the Errors tab. What did not change since it was last asked for does not travel again. */
export class ErrorsApi {
  private readonly kept = new Map<string, { readonly etag: string; readonly body: unknown }>();

  constructor(private readonly call: Caller) {}

  list(filter: ErrorFilter, sort: ErrorSort, after: string | null, signal?: AbortSignal): Promise<Page<ErrorItem>> {
    return this.read(`/errors${query({ ...filter, sort, limit: PAGE_SIZE, after })}`, signal);
  }

  listGroups(filter: ErrorFilter, sort: ErrorSort, after: string | null, signal?: AbortSignal): Promise<Page<ErrorGroup>> {
    return this.read(`/errors/groups${query({ ...filter, sort, limit: PAGE_SIZE, after })}`, signal);
  }

  /** Without the impact of the filter: the counts are by impact. */
  count(filter: ErrorFilter, signal?: AbortSignal): Promise<ErrorCounts> {
    return this.read(`/errors/counts${query({ ...filter, impact: undefined })}`, signal);
  }

  show(id: string, signal?: AbortSignal): Promise<ErrorDetails> {
    return this.read(errorPath(id), signal);
  }

  async retry(id: string): Promise<void> {
    await this.call(`${errorPath(id)}/retry`, { method: "POST" });
  }

  /** How many errors are tried again; that goes on after the answer. */
  async retryAll(filter: ErrorFilter): Promise<number> {
    const answer = await this.call("/errors/retry", { method: "POST", body: whichOf(filter) });
    return (answer.body as { readonly count: number }).count;
  }

  async resolve(id: string, note: string): Promise<void> {
    await this.call(`${errorPath(id)}/resolve`, { method: "POST", body: { note } });
  }

  async resolveAll(filter: ErrorFilter, note: string): Promise<number> {
    const answer = await this.call("/errors/resolve", { method: "POST", body: { ...whichOf(filter), note } });
    return (answer.body as { readonly count: number }).count;
  }

  private async read<Body>(path: string, signal?: AbortSignal): Promise<Body> {
    const known = this.kept.get(path);
    const headers: Record<string, string> = known === undefined ? {} : { "If-None-Match": known.etag };
    const answer = await this.call(path, { headers, signal });
    if (answer.status === 304 && known !== undefined) return known.body as Body;
    // Only the latest few questions are asked again and again.
    if (this.kept.size > 20) this.kept.clear();
    if (answer.etag !== null) this.kept.set(path, { etag: answer.etag, body: answer.body });
    return answer.body as Body;
  }
}

function errorPath(id: string): string {
  return `/errors/${encodeURIComponent(id)}`;
}

/** Only open errors are acted on, so their status is not said. */
function whichOf(filter: ErrorFilter): Record<string, unknown> {
  const said = Object.entries(filter).filter(([name, value]) => name !== "status" && value !== undefined && value !== "");
  return Object.fromEntries(said);
}
