import { query } from "../query";
import type { Caller } from "./hub-api";
import type { Job } from "./jobs-api";
import type { ConnectionStatus, Page } from "./types";

export interface Trigger {
  readonly id: string;
  /** What people know it by: its condition, cut short. */
  readonly title: string;
  readonly connection_id: string;
  readonly connection_name: string;
  readonly connection_status: ConnectionStatus;
  readonly project: string;
  /** "" for any. */
  readonly work_item_type: string;
  readonly condition: string;
  readonly notes: string;
  readonly is_active: boolean;
  readonly created_at: string;
  readonly created_by: string;
  /** How many work items fitted at `counted_at`; null when that is not known. */
  readonly matches: number | null;
  /** Whether there are at least so many. */
  readonly is_many: boolean;
  readonly counted_at: string | null;
  /** How many it put under sync by itself. */
  readonly exalated: number;
  readonly last_run_at: string | null;
  /** Why it can't look at what changed; "" when it can. */
  readonly last_error: string;
  readonly revision: number;
}

export interface TriggerWish {
  readonly connection_id: string;
  readonly work_item_type: string;
  readonly condition: string;
  readonly notes: string;
  readonly is_active: boolean;
}

export interface Match {
  readonly work_item_id: string;
  readonly title: string;
  readonly type: string;
  readonly state: string;
  readonly url: string;
  readonly is_under_sync: boolean;
}

export interface Preview {
  /** null when counting takes Azure DevOps too long. */
  readonly matches: number | null;
  readonly is_many: boolean;
  readonly items: readonly Match[];
}

export type BulkDeed = "exalate" | "unexalate";
export type Condition = Pick<TriggerWish, "connection_id" | "work_item_type" | "condition">;

const PAGE_SIZE = 50;
/** Azure DevOps gives a query up after 30 seconds; two may be asked for, and the way takes time too. */
const SLOW_MILLISECONDS = 100_000;

/** Triggers: conditions that put work items under sync by themselves. */
export class TriggersApi {
  constructor(private readonly call: Caller) {}

  async list(isActive: boolean | null, after: string | null, signal?: AbortSignal): Promise<Page<Trigger>> {
    const parts = query({ limit: PAGE_SIZE, is_active: isActive, after });
    return (await this.call(`/triggers${parts}`, { signal })).body as Page<Trigger>;
  }

  async get(id: string, signal?: AbortSignal): Promise<Trigger> {
    return (await this.call(path(id), { signal })).body as Trigger;
  }

  async listTypes(connectionId: string, signal?: AbortSignal): Promise<readonly string[]> {
    const address = `/connections/${encodeURIComponent(connectionId)}/work-item-types`;
    return ((await this.call(address, { signal })).body as { readonly items: readonly string[] }).items;
  }

  async preview(condition: Condition, signal?: AbortSignal): Promise<Preview> {
    const options = { method: "POST", body: condition, signal, timeoutMilliseconds: SLOW_MILLISECONDS } as const;
    return (await this.call("/triggers/preview", options)).body as Preview;
  }

  async create(wish: TriggerWish): Promise<Trigger> {
    const options = { method: "POST", body: wish, timeoutMilliseconds: SLOW_MILLISECONDS } as const;
    return (await this.call("/triggers", options)).body as Trigger;
  }

  async edit(trigger: Trigger, changes: Partial<TriggerWish>): Promise<Trigger> {
    const options = { method: "PATCH", body: changes, headers: revisionOf(trigger), timeoutMilliseconds: SLOW_MILLISECONDS } as const;
    return (await this.call(path(trigger.id), options)).body as Trigger;
  }

  async remove(trigger: Trigger): Promise<void> {
    await this.call(path(trigger.id), { method: "DELETE", headers: revisionOf(trigger) });
  }

  async turn(trigger: Trigger, deed: "activate" | "deactivate"): Promise<Trigger> {
    const options = { method: "POST", headers: revisionOf(trigger) } as const;
    return (await this.call(`${path(trigger.id)}/${deed}`, options)).body as Trigger;
  }

  async count(id: string, signal?: AbortSignal): Promise<Trigger> {
    const options = { method: "POST", signal, timeoutMilliseconds: SLOW_MILLISECONDS } as const;
    return (await this.call(`${path(id)}/count`, options)).body as Trigger;
  }

  async startBulk(id: string, deed: BulkDeed): Promise<Job> {
    return (await this.call(`${path(id)}/bulk-${deed}`, { method: "POST" })).body as Job;
  }
}

function path(id: string): string {
  return `/triggers/${encodeURIComponent(id)}`;
}

function revisionOf(trigger: Trigger): Readonly<Record<string, string>> {
  return { "If-Match": `"${trigger.revision}"` };
}
