import { query } from "../query";
import type { Caller } from "./hub-api";
import { KeptAnswer } from "./kept-answer";
import type { Page } from "./types";

export interface MonthPairs {
  /** YYYY-MM of UTC. */
  readonly month: string;
  readonly pairs: number;
}

export interface License {
  /** "unlimited", "free", or "pairs:5000". */
  readonly plan: string;
  readonly limit: number | null;
  readonly month: string;
  readonly used: number;
  readonly remaining: number | null;
  readonly resets_at: string;
  /** How many work items wait. */
  readonly held: number;
  /** The last twelve, this one at the end. */
  readonly months: readonly MonthPairs[];
}

export interface Usage extends MonthPairs {
  readonly connection_id: string;
  readonly connection_name: string;
  readonly destination: string | null;
}

export interface HeldItem {
  readonly twin_id: string;
  readonly connection_id: string;
  readonly connection_name: string;
  /** Ours; null for what the partner put under sync. */
  readonly work_item_id: string | null;
  readonly url: string | null;
  readonly remote_work_item_id: string | null;
  readonly remote_url: string | null;
  readonly waits_since: string;
}

const PAGE_SIZE = 25;

/** The plan and its use. */
export class LicenseApi {
  private readonly license: KeptAnswer<License>;

  constructor(private readonly call: Caller) {
    this.license = new KeptAnswer<License>(call, "/license");
  }

  getLicense(signal?: AbortSignal): Promise<License> {
    return this.license.read(signal);
  }

  async listUsage(after: string | null, signal?: AbortSignal): Promise<Page<Usage>> {
    const parts = query({ limit: PAGE_SIZE, after });
    return (await this.call(`/license/usage${parts}`, { signal })).body as Page<Usage>;
  }

  async listHeld(after: string | null, signal?: AbortSignal): Promise<Page<HeldItem>> {
    const parts = query({ limit: PAGE_SIZE, after });
    return (await this.call(`/license/held${parts}`, { signal })).body as Page<HeldItem>;
  }

  /** All usage as CSV. */
  async exportUsage(): Promise<string> {
    return (await this.call("/license/export", { wantsFile: true })).body as string;
  }
}
