import { query } from "../query";
import type { Caller } from "./hub-api";
import type { Job } from "./jobs-api";
import type { KeptContent } from "./types";

/** What stands against connecting a line of a file. */
export type Verdict = "ok" | "malformed" | "duplicate" | "not_found" | "already_synced" | "out_of_scope";

export interface CheckedRow {
  readonly line: number;
  readonly local_work_item_id: string | null;
  readonly remote_work_item_id: string | null;
  readonly verdict: Verdict;
  readonly reason: string;
}

export interface CheckedFile {
  readonly encoding: string;
  readonly delimiter: string;
  readonly total: number;
  /** All lines by verdict. */
  readonly counts: Readonly<Partial<Record<Verdict, number>>>;
  /** The first of those that can't be connected. */
  readonly problems: readonly CheckedRow[];
}

export interface ConnectOptions {
  readonly content: KeptContent;
  readonly comments: boolean;
  readonly attachments: boolean;
  readonly skipsWrong: boolean;
}

export const FILE_LIMIT_BYTES = 2 * 1024 * 1024;
/** Reading ten thousand work items takes its time. */
const TIMEOUT_MILLISECONDS = 180_000;

/** Files of pairs. The file goes as it is, so that the node can tell how it is encoded. */
export class BulkConnectApi {
  constructor(private readonly call: Caller) {}

  async readTemplate(): Promise<string> {
    return (await this.call("/bulk-connect/template", { wantsFile: true })).body as string;
  }

  /** Says what stands against each line, and changes nothing. */
  async check(connectionId: string, file: Blob, signal?: AbortSignal): Promise<CheckedFile> {
    const options = { method: "POST", file, signal, timeoutMilliseconds: TIMEOUT_MILLISECONDS } as const;
    return (await this.call(`${path(connectionId)}/check`, options)).body as CheckedFile;
  }

  async start(connectionId: string, file: File, { content, comments, attachments, skipsWrong }: ConnectOptions): Promise<Job> {
    const parts = query({ content, comments, attachments, skip_wrong: skipsWrong, file_name: file.name.slice(0, 260) });
    const options = { method: "POST", file, timeoutMilliseconds: TIMEOUT_MILLISECONDS } as const;
    return (await this.call(`${path(connectionId)}${parts}`, options)).body as Job;
  }
}

function path(connectionId: string): string {
  return `/connections/${encodeURIComponent(connectionId)}/bulk-connect`;
}
