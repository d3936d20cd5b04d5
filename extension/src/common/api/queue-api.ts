import { query } from "../query";
import type { Caller } from "./hub-api";
import type { Page } from "./types";

export type Lane = "outgoing_sync" | "incoming_sync" | "outgoing_attachments" | "incoming_attachments";
export type EventDirection = "outgoing" | "incoming";
export type EventStatus =
  | "waiting"
  | "sending"
  | "sent"
  | "applying"
  | "synchronized"
  | "failed"
  | "blocked"
  | "cancelled";
/** What a blocked event waits for; "" for one that is not blocked. */
export type EventHold =
  | ""
  | "connection_not_active"
  | "peer_unreachable"
  | "peer_refusing"
  | "partner_paused"
  | "partner_stopped"
  | "partner_ended"
  | "plan_limit"
  | "failed_event"
  | "unknown_kind"
  | "other";
export type EventColumn = "id" | "sequence" | "status" | "connection" | "kind" | "twin_id" | "work_item" | "created_at";

export interface EventItem {
  readonly id: string;
  /** "" while it is unknown. */
  readonly url: string;
}

export interface QueueEvent {
  /** Names it in addresses, beside its direction. */
  readonly key: string;
  readonly id: string;
  readonly direction: EventDirection;
  readonly lane: Lane;
  readonly sequence: number;
  readonly status: EventStatus;
  readonly hold: EventHold;
  /** Since when the partner has been the reason; null for other holds. */
  readonly hold_since: string | null;
  /** A sentence for what was cancelled. */
  readonly reason: string;
  readonly connection_id: string;
  readonly connection_name: string;
  readonly remote_name: string;
  readonly kind: string;
  readonly twin_id: string;
  readonly local: EventItem | null;
  readonly remote: EventItem | null;
  readonly created_at: string;
  readonly settled_at: string | null;
  readonly attempts: number;
  readonly last_attempt_at: string | null;
  readonly can_cancel: boolean;
  readonly can_send_again: boolean;
}

export interface EventChange {
  readonly thing: "summary" | "description" | "type" | "comment" | "attachment" | "presence";
  /** The author of a comment, the name of a file, the side ("local", "remote") of a presence. */
  readonly subject: string;
  readonly text: string;
  readonly is_deleted: boolean;
  readonly changed_at: string;
  readonly side: "local" | "remote" | "";
}

export interface EventError {
  readonly id: string;
  readonly code: string;
  readonly message: string;
  readonly is_remote: boolean;
  readonly is_transient: boolean;
}

export interface QueueEventDetails extends QueueEvent {
  readonly summary: string;
  readonly changes: readonly EventChange[];
  readonly errors: readonly EventError[];
  readonly document: unknown;
}

export type LaneCounts = Readonly<Record<Lane, number>>;

export interface QueueSample {
  readonly at: string;
  readonly depth: number;
  readonly oldest_seconds: number;
  readonly settled: number;
}

export interface QueueHistory {
  readonly minutes_each: number;
  readonly since: string;
  readonly until: string;
  readonly outgoing: readonly QueueSample[];
  readonly incoming: readonly QueueSample[];
}

export interface EventFilter {
  readonly connection: string;
  readonly status: EventStatus | "";
  readonly workItem: string;
  readonly showsFinished: boolean;
}

export interface EventOrder {
  readonly column: EventColumn;
  readonly isDescending: boolean;
}

const PAGE_SIZE = 50;

/** The requests of the Sync Queue. */
export class QueueApi {
  constructor(private readonly call: Caller) {}

  async list(
    lane: Lane,
    filter: EventFilter,
    order: EventOrder,
    after: string | null,
    signal?: AbortSignal,
  ): Promise<Page<QueueEvent>> {
    const asked = query({
      lane,
      connection: filter.connection,
      status: filter.status,
      work_item: filter.workItem,
      finished: filter.showsFinished ? "true" : "",
      sort: `${order.isDescending ? "-" : ""}${order.column}`,
      limit: PAGE_SIZE,
      after,
    });
    return (await this.call(`/queue${asked}`, { signal })).body as Page<QueueEvent>;
  }

  async count(connection: string, signal?: AbortSignal): Promise<LaneCounts> {
    return (await this.call(`/queue/counts${query({ connection })}`, { signal })).body as LaneCounts;
  }

  async readHistory(hours: number, connection: string, signal?: AbortSignal): Promise<QueueHistory> {
    return (await this.call(`/queue/samples${query({ hours, connection })}`, { signal })).body as QueueHistory;
  }

  async get(direction: string, key: string, signal?: AbortSignal): Promise<QueueEventDetails> {
    return (await this.call(eventPath(direction, key), { signal })).body as QueueEventDetails;
  }

  async cancel(event: QueueEvent): Promise<QueueEventDetails> {
    return (await this.call(`${eventPath(event.direction, event.key)}/cancel`, { method: "POST" })).body as QueueEventDetails;
  }

  async sendAgain(event: QueueEvent): Promise<QueueEventDetails> {
    const path = `${eventPath(event.direction, event.key)}/send-again`;
    return (await this.call(path, { method: "POST" })).body as QueueEventDetails;
  }
}

function eventPath(direction: string, key: string): string {
  return `/queue/${encodeURIComponent(direction)}/${encodeURIComponent(key)}`;
}
