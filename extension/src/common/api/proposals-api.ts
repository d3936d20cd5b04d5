import { query } from "../query";
import type { Caller } from "./hub-api";
import type { CounterpartChoice, KeptContent, Page } from "./types";

export type ProposalDirection = "incoming" | "outgoing";
export type ProposalKind = "connect" | "bulk_connect" | "lineage" | "rejoin";
export type ProposalStatus =
  | "held"
  | "unchecked"
  | "open"
  | "accepted"
  | "declined"
  | "withdrawn"
  | "failed"
  | "separate";

/** A pair that is asked for. Titles and types are null where they are not known, or may not be read. */
export interface ProposalRow {
  readonly number: number;
  readonly status: ProposalStatus;
  readonly message: string;
  readonly local: {
    readonly id: string;
    readonly url: string;
    readonly title: string | null;
    readonly type: string | null;
    readonly project: string | null;
  };
  /** As the partner tells it; without an address where none is known. */
  readonly remote: {
    readonly id: string;
    readonly url: string;
    readonly title: string | null;
    readonly type: string | null;
  };
}

export interface Proposal {
  readonly id: string;
  readonly connection_id: string;
  readonly connection_name: string;
  readonly partner: string;
  readonly direction: ProposalDirection;
  readonly kind: ProposalKind;
  readonly status: ProposalStatus;
  readonly asked_by: string;
  readonly asked_at: string;
  /** Whose title, description and type would stand; null where both are merged. */
  readonly content: KeptContent | null;
  readonly comments: boolean;
  readonly attachments: boolean;
  readonly total: number;
  readonly counts: Readonly<Partial<Record<ProposalStatus, number>>>;
  readonly first: ProposalRow | null;
  readonly decided_at: string | null;
  readonly decided_by: string;
}

export interface ProposalDetails extends Proposal {
  readonly rows: Page<ProposalRow>;
}

/** What came of a decision, and why others stay open. */
export interface Decision {
  readonly count: number;
  readonly obstacles: readonly string[];
}

export interface ProposalFilter {
  readonly connection_id: string;
  readonly direction: ProposalDirection | "";
  readonly status: ProposalStatus | "undecided" | "";
}

export type Deed = "accept" | "decline" | "withdraw" | CounterpartChoice;

const PAGE_SIZE = 50;

/** What the two sides ask of each other. */
export class ProposalsApi {
  constructor(private readonly call: Caller) {}

  async list(filter: ProposalFilter, after: string | null, signal?: AbortSignal): Promise<Page<Proposal>> {
    const parts = query({ ...filter, limit: PAGE_SIZE, after });
    return (await this.call(`/proposals${parts}`, { signal })).body as Page<Proposal>;
  }

  async show(id: string, after: string | null, signal?: AbortSignal): Promise<ProposalDetails> {
    const parts = query({ limit: PAGE_SIZE, after });
    return (await this.call(`${path(id)}${parts}`, { signal })).body as ProposalDetails;
  }

  /** Decides on these rows; null for all that are open. The partner is told the note of a no. */
  async decide(id: string, deed: Deed, rows: readonly number[] | null, note = ""): Promise<Decision> {
    const body = deed === "decline" ? { rows, note } : { rows };
    return (await this.call(`${path(id)}/${deed}`, { method: "POST", body })).body as Decision;
  }

  async acceptAll(connectionId: string): Promise<Decision> {
    const address = `/connections/${encodeURIComponent(connectionId)}/proposals/accept-all`;
    return (await this.call(address, { method: "POST" })).body as Decision;
  }
}

function path(id: string): string {
  return `/proposals/${encodeURIComponent(id)}`;
}
