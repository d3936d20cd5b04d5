import { query } from "../query";
import type { Caller } from "./hub-api";
import type { CounterpartChoice, KeptContent, Page, PanelConnection, Twin, TwinStatus } from "./types";

export type Direction = "incoming" | "outgoing";

/** A pair as a row of the list. */
export interface ListedTwin extends Twin {
  readonly project: string;
  readonly created_at: string;
  /** Which way the last remembered change went; null when none is remembered. */
  readonly direction: Direction | null;
  readonly changed_at: string | null;
}

export type TwinSort = "synchronized_at" | "created_at" | "work_item_id" | "title" | "status" | "connection";

/** Which pairs. What is undefined or "" narrows nothing down; times are ISO 8601. */
export interface TwinFilter {
  readonly connection?: string;
  readonly status?: TwinStatus | "";
  readonly project?: string;
  readonly has_error?: boolean | undefined;
  readonly has_conflict?: boolean | undefined;
  readonly synchronized_after?: string | undefined;
  readonly synchronized_before?: string | undefined;
  /** A number, an address of either side, or a part of the title. */
  readonly text?: string;
}

export type Finding = "under_sync" | "not_under_sync" | "not_found" | "remote_not_under_sync" | "no_match";

/** What a search led to; the work item is there where it exists and is not under sync. */
export interface FoundWorkItem {
  readonly finding: Finding;
  readonly twins: readonly ListedTwin[];
  readonly total: number;
  readonly work_item: { readonly id: string; readonly url: string; readonly title: string | null } | null;
  readonly project: string | null;
  readonly type: string | null;
  /** What it could come under sync over. */
  readonly connections: readonly PanelConnection[];
}

export type ChangedThing = "summary" | "description" | "type" | "comment" | "attachment" | "presence";

export interface ShownValue {
  readonly text: string;
  readonly changed_at: string;
  readonly is_local: boolean;
  readonly is_deleted: boolean;
}

export type ConflictStatus = "open" | "wanted" | "restored" | "dismissed";

/** A value that lost, beside the one that was kept and the one of now. */
export interface Conflict {
  readonly id: string;
  readonly twin_id: string;
  readonly thing: ChangedThing;
  /** The author of a comment, the name of a file; "" for the others. */
  readonly subject: string;
  readonly status: ConflictStatus;
  readonly happened_at: string;
  readonly resolved_at: string | null;
  readonly resolved_by: string;
  readonly kept: ShownValue;
  readonly lost: ShownValue;
  readonly current: ShownValue | null;
  readonly can_restore: boolean;
  /** Why the other value can't be used; "" where it can. */
  readonly reason: string;
}

/** Registers of one side by key, as JSON. */
export interface Replica {
  readonly registers: Readonly<Record<string, unknown>>;
  readonly left_out: number;
  readonly at: string | null;
}

export interface TwinDetails {
  readonly twin: ListedTwin;
  readonly revision: number | null;
  readonly remote_title: string | null;
  readonly last_outgoing_at: string | null;
  readonly last_incoming_at: string | null;
  readonly waiting_files: number;
  readonly traces: number;
  readonly changes: number;
  readonly conflicts: readonly Conflict[];
  readonly others: readonly ListedTwin[];
  readonly free: readonly PanelConnection[];
  readonly held: Replica;
  readonly received: Replica | null;
}

export interface ChangedValue {
  readonly thing: ChangedThing;
  readonly text: string;
  readonly subject: string;
  readonly is_deleted: boolean;
}

export interface SyncedChange {
  readonly id: string;
  readonly at: string;
  readonly direction: Direction;
  readonly values: readonly ChangedValue[];
  readonly more: number;
}

export interface Trace {
  readonly kind: "comment" | "attachment" | "image";
  readonly key: string;
  readonly local_id: string;
  readonly is_local: boolean;
  readonly name: string;
  readonly is_deleted: boolean;
}

export interface ConnectWish {
  readonly connection_id: string;
  readonly remote_work_item_id: string;
  readonly content: KeptContent;
}

const PAGE_SIZE = 50;
const SECTION_SIZE = 20;

/** The requests of Entity Sync Status. */
export class TwinsApi {
  constructor(
    private readonly call: Caller,
    private readonly getAccessToken: () => Promise<string>,
  ) {}

  async list(filter: TwinFilter, sort: string, after: string | null, signal?: AbortSignal): Promise<Page<ListedTwin>> {
    const path = `/twins${query({ ...filter, sort, after, limit: PAGE_SIZE })}`;
    return (await this.call(path, { signal })).body as Page<ListedTwin>;
  }

  async export(filter: TwinFilter, sort: string): Promise<string> {
    return (await this.call(`/twins/export${query({ ...filter, sort })}`, { wantsFile: true })).body as string;
  }

  async find(text: string, signal?: AbortSignal): Promise<FoundWorkItem> {
    return (await this.call(`/work-items/search${query({ text })}`, { signal })).body as FoundWorkItem;
  }

  async show(id: string, signal?: AbortSignal): Promise<TwinDetails> {
    return (await this.call(twinPath(id), { signal })).body as TwinDetails;
  }

  async listHistory(id: string, after: string | null, signal?: AbortSignal): Promise<Page<SyncedChange>> {
    const path = `${twinPath(id)}/history${query({ after, limit: SECTION_SIZE })}`;
    return (await this.call(path, { signal })).body as Page<SyncedChange>;
  }

  async listTraces(id: string, after: string | null, signal?: AbortSignal): Promise<Page<Trace>> {
    const path = `${twinPath(id)}/traces${query({ after, limit: SECTION_SIZE })}`;
    return (await this.call(path, { signal })).body as Page<Trace>;
  }

  async syncNow(id: string): Promise<void> {
    await this.call(`${twinPath(id)}/sync-now`, { method: "POST" });
  }

  async restore(conflictId: string): Promise<Conflict> {
    return (await this.call(conflictPath(conflictId, "restore"), { method: "POST" })).body as Conflict;
  }

  async dismiss(conflictId: string): Promise<Conflict> {
    return (await this.call(conflictPath(conflictId, "dismiss"), { method: "POST" })).body as Conflict;
  }

  async exalate(connectionId: string, workItemId: string, counterpart?: CounterpartChoice): Promise<Twin> {
    const path = `/connections/${encodeURIComponent(connectionId)}/work-items`;
    return (await this.call(path, { method: "POST", body: { work_item: workItemId, counterpart } })).body as Twin;
  }

  async unexalate(connectionId: string, workItemId: string, waiting: "finish" | "stop"): Promise<void> {
    const path = `/connections/${encodeURIComponent(connectionId)}/work-items/${encodeURIComponent(workItemId)}`;
    await this.call(`${path}${query({ waiting })}`, { method: "DELETE" });
  }

  /** Needs the person's own right to edit the work item, so the person's token goes along. */
  async connect(workItemId: string, wish: ConnectWish): Promise<Twin> {
    const path = `/work-items/${encodeURIComponent(workItemId)}/connect`;
    const headers = { "X-AzureDevOps-AccessToken": await this.getAccessToken() };
    return (await this.call(path, { method: "POST", body: wish, headers })).body as Twin;
  }

  async retry(errorId: string): Promise<void> {
    await this.call(`/errors/${encodeURIComponent(errorId)}/retry`, { method: "POST" });
  }
}

function twinPath(id: string): string {
  return `/twins/${encodeURIComponent(id)}`;
}

function conflictPath(id: string, step: "restore" | "dismiss"): string {
  return `/conflicts/${encodeURIComponent(id)}/${step}`;
}
