import { query } from "../query";
import type { Caller } from "./hub-api";
import type { Page } from "./types";

export type MailSecurity = "none" | "starttls" | "tls";
export type ChannelKind = "email" | "webhook";
export type Digest = "at_once" | "hourly" | "daily";
export type SubscriberStatus = "active" | "paused" | "unsubscribed";
export type DeliveryStatus = "waiting" | "sent" | "failed" | "cancelled";
export type TrialOutcome = "passed" | "failed" | "skipped";

export interface MailServer {
  readonly host: string;
  readonly port: number;
  readonly security: MailSecurity;
  readonly sender_address: string;
  readonly sender_name: string;
  readonly user: string;
  readonly has_password: boolean;
}

export interface MailServerState {
  readonly server: MailServer | null;
  /** Whether mails carry a link to unsubscribe. */
  readonly can_unsubscribe: boolean;
  readonly revision: number;
}

/** Without a password (null) the stored one stays, for the same server only. */
export interface NewMailServer extends Omit<MailServer, "has_password"> {
  readonly password: string | null;
}

export interface TrialStep {
  readonly step: string;
  readonly outcome: TrialOutcome;
  readonly detail: string;
}

export interface Trial {
  readonly is_delivered: boolean;
  readonly steps: readonly TrialStep[];
}

export interface SubscriberWish {
  readonly kind: ChannelKind;
  readonly address: string;
  readonly impacts: readonly string[];
  /** Empty for all connections. */
  readonly connection_ids: readonly string[];
  readonly digest: Digest;
}

export interface Subscriber extends SubscriberWish {
  readonly id: string;
  readonly status: SubscriberStatus;
  readonly created_at: string;
  readonly told_at: string | null;
  /** Why telling fails at present; "" when it does not. */
  readonly trouble: string;
  readonly revision: number;
}

export interface NewSubscriber {
  readonly subscriber: Subscriber;
  /** Signs what goes to a webhook; shown this once. */
  readonly secret: string | null;
}

export type SubscriberChanges = Partial<Omit<SubscriberWish, "kind">> & { readonly is_active?: boolean };

export interface Delivery {
  readonly id: string;
  readonly subscriber_id: string;
  readonly kind: ChannelKind;
  readonly address: string;
  readonly status: DeliveryStatus;
  readonly error_count: number;
  readonly group_count: number;
  readonly codes: readonly string[];
  readonly attempts: number;
  readonly error: string;
  readonly created_at: string;
  readonly next_attempt_at: string;
  readonly settled_at: string | null;
}

const SERVER = "/notifications/mail-server";
const SUBSCRIBERS = "/notifications/subscribers";
/** A mail server may take its time before it is given up. */
const TRIAL_MILLISECONDS = 60_000;
const PAGE_SIZE = 20;

/** The requests of Exalate Notifications. Each rejects with an ApiError. */
export class NotificationsApi {
  constructor(private readonly call: Caller) {}

  async getMailServer(signal?: AbortSignal): Promise<MailServerState> {
    return (await this.call(SERVER, { signal })).body as MailServerState;
  }

  async saveMailServer(server: NewMailServer, revision: number): Promise<MailServerState> {
    const answer = await this.call(SERVER, { method: "PUT", body: server, headers: ifMatch(revision) });
    return answer.body as MailServerState;
  }

  async removeMailServer(): Promise<void> {
    await this.call(SERVER, { method: "DELETE" });
  }

  /** Sends a test mail over a mail server that need not be saved. */
  async tryMailServer(server: NewMailServer, recipient: string): Promise<Trial> {
    const options = { method: "POST", body: { recipient, server }, timeoutMilliseconds: TRIAL_MILLISECONDS } as const;
    return (await this.call(`${SERVER}/test`, options)).body as Trial;
  }

  async listSubscribers(signal?: AbortSignal): Promise<readonly Subscriber[]> {
    return ((await this.call(SUBSCRIBERS, { signal })).body as Page<Subscriber>).items;
  }

  async addSubscriber(wish: SubscriberWish): Promise<NewSubscriber> {
    return (await this.call(SUBSCRIBERS, { method: "POST", body: wish })).body as NewSubscriber;
  }

  async changeSubscriber(seen: Subscriber, changes: SubscriberChanges): Promise<Subscriber> {
    const options = { method: "PATCH", body: changes, headers: ifMatch(seen.revision) } as const;
    return (await this.call(subscriberPath(seen.id), options)).body as Subscriber;
  }

  async removeSubscriber(id: string): Promise<void> {
    await this.call(subscriberPath(id), { method: "DELETE" });
  }

  async trySubscriber(id: string): Promise<Trial> {
    const options = { method: "POST", timeoutMilliseconds: TRIAL_MILLISECONDS } as const;
    return (await this.call(`${subscriberPath(id)}/test`, options)).body as Trial;
  }

  async renewSecret(id: string): Promise<string> {
    const answer = await this.call(`${subscriberPath(id)}/secret`, { method: "POST" });
    return (answer.body as { readonly secret: string }).secret;
  }

  async listDeliveries(status: string, after: string | null, signal?: AbortSignal): Promise<Page<Delivery>> {
    const path = `/notifications/deliveries${query({ limit: PAGE_SIZE, status, after })}`;
    return (await this.call(path, { signal })).body as Page<Delivery>;
  }

  async sendAgain(id: string): Promise<Delivery> {
    const path = `/notifications/deliveries/${encodeURIComponent(id)}/again`;
    return (await this.call(path, { method: "POST" })).body as Delivery;
  }
}

function subscriberPath(id: string): string {
  return `${SUBSCRIBERS}/${encodeURIComponent(id)}`;
}

function ifMatch(revision: number): Record<string, string> {
  return { "If-Match": `"${revision}"` };
}
