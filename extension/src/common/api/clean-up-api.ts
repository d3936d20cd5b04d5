import type { Caller } from "./hub-api";
import type { Job } from "./jobs-api";
import type { ConnectionStatus } from "./types";

export type CleanUpScope = "work_item" | "connection" | "organization";

/** What is to be cleaned up; the number or the connection belongs to its scope. */
export interface CleanUpWish {
  readonly scope: CleanUpScope;
  readonly work_item_id: string | null;
  readonly connection_id: string | null;
}

/** How much would go. Traces are remembered comments and attachments. */
export interface SyncMetadata {
  readonly twins: number;
  readonly outgoing: number;
  readonly incoming: number;
  readonly errors: number;
  readonly conflicts: number;
  readonly traces: number;
}

export interface ConnectionCleanUp {
  readonly id: string;
  readonly name: string;
  readonly status: ConnectionStatus;
  readonly metadata: SyncMetadata;
  /** Why the other side can't be told; null when it can. */
  readonly orphaning: string | null;
}

export interface CleanUpPreview {
  /** What has to be typed to confirm. */
  readonly key: string;
  readonly total: SyncMetadata;
  readonly connections: readonly ConnectionCleanUp[];
  readonly is_orphaning: boolean;
}

export class CleanUpApi {
  constructor(private readonly call: Caller) {}

  async preview(wish: CleanUpWish): Promise<CleanUpPreview> {
    return (await this.call("/clean-up/preview", { method: "POST", body: wish })).body as CleanUpPreview;
  }

  async start(wish: CleanUpWish, confirmation: string, keepsRemotePairs: boolean): Promise<Job> {
    const body = { ...wish, confirmation, keeps_remote_pairs: keepsRemotePairs };
    return (await this.call("/clean-up", { method: "POST", body })).body as Job;
  }

  /** The file that connects again what the job has removed, for Bulk Connect. */
  async readFile(jobId: string): Promise<string> {
    return (await this.call(`/clean-up/${encodeURIComponent(jobId)}/file`, { wantsFile: true })).body as string;
  }
}
