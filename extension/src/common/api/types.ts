/** What the node's hub API sends and takes; times are ISO 8601 in UTC. */
import type { ProposalStatus } from "./proposals-api";

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly next: string | null;
  readonly total: number;
}

export interface NodeInformation {
  /** "" for a node that nobody can call. */
  readonly url: string;
  readonly host: string;
  readonly version: string;
  readonly is_private: boolean;
  readonly modes: readonly string[];
  readonly protocol_version: number | string;
}

export type CredentialKind = "personal_access_token" | "client_secret" | "client_certificate";

export interface StoredCredential {
  readonly kind: CredentialKind;
  readonly identity: string;
  readonly identity_id: string;
  readonly added_at: string | null;
  readonly expires_at: string | null;
}

export interface Organization {
  readonly id: string;
  readonly name: string;
  readonly url: string;
  readonly kind: "services" | "server";
  readonly credential: StoredCredential | null;
}

export type NewCredential =
  | { readonly kind: "personal_access_token"; readonly token: string }
  | {
      readonly kind: "client_secret";
      readonly tenant_id: string;
      readonly client_id: string;
      readonly client_secret: string;
    }
  | {
      readonly kind: "client_certificate";
      readonly tenant_id: string;
      readonly client_id: string;
      readonly private_key_pem: string;
      readonly certificate_pem: string;
    };

export interface Right {
  readonly name: string;
  readonly is_granted: boolean;
  /** Who can give it and how; "" for nothing to add. */
  readonly remedy: string;
}

export interface RightsReport {
  readonly identity: string;
  readonly items: readonly Right[];
}

export interface Session {
  /** A node of an earlier release names none: its sessions do not go on, they begin anew. */
  readonly id?: string;
  readonly token: string;
  readonly expires_at: string;
  readonly user: { readonly id: string; readonly name: string };
  readonly is_administrator: boolean;
  readonly organization: Organization;
  readonly node: NodeInformation;
}

export interface Project {
  readonly id: string;
  readonly name: string;
}

export interface DestinationCheck {
  readonly node_url: string;
  readonly organization_name: string | null;
  readonly organization_url?: string | null;
  readonly modes: readonly string[];
  readonly is_reachable: boolean;
}

export type Visibility = "private" | "public";
export type ConnectionStatus = "pending" | "active" | "deactivated" | "blocked" | "removed";
export type InvitationStatus = "open" | "used" | "revoked" | "expired";

export interface RemoteSide {
  readonly organization_id: string;
  readonly organization_name: string;
  readonly organization_url: string | null;
  readonly node_url: string;
  readonly fingerprint: string;
}

export interface Invitation {
  readonly id: string;
  readonly status: InvitationStatus;
  readonly created_at: string;
  readonly expires_at: string;
}

export type Consent = "ask" | "query" | "all" | "nobody";
export type PanelDeed = "exalate" | "connect" | "unexalate";
export type PanelAccess = "contributors" | "administrators";

export type PartnerState = "answering" | "paused" | "stopped" | "ended" | "silent" | "refusing";

export interface Connection {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly status: ConnectionStatus;
  readonly status_reason: string;
  readonly remote_status: "deactivated" | "blocked" | "removed" | null;
  readonly visibility: Visibility;
  readonly role: "initiator" | "acceptor";
  readonly mode: string;
  readonly transport: string;
  readonly project: string;
  readonly default_type: string;
  readonly remote: RemoteSide | null;
  readonly own_fingerprint: string;
  readonly created_at: string;
  readonly synchronized_at: string | null;
  readonly last_contact_at: string | null;
  /** How the other side stands, and since when; null where that is not known. */
  readonly partner_state: PartnerState;
  readonly partner_since: string | null;
  readonly is_contact_late: boolean;
  readonly under_sync: number;
  readonly in_progress: number;
  readonly errors: number;
  /** To which existing work items of this side the partner may connect. */
  readonly consent: Consent;
  /** The condition of consent "query": what stands after WHERE in WIQL. */
  readonly consent_query: string;
  readonly panel: Readonly<Record<PanelDeed, PanelAccess>>;
  /** What waits for a yes or no of this side. */
  readonly proposals: number;
  readonly queue: { readonly outgoing: number; readonly incoming: number };
  readonly invitation: Invitation | null;
  readonly revision: number;
}

export interface NewConnection {
  readonly project: string;
  readonly mode: "basic";
  readonly visibility: Visibility;
  readonly destination_url?: string;
}

export interface ConnectionChanges {
  readonly name?: string;
  readonly description?: string;
  readonly project?: string;
  readonly consent?: Consent;
  readonly consent_query?: string;
  readonly panel?: Readonly<Partial<Record<PanelDeed, PanelAccess>>>;
}

export interface IssuedCode {
  readonly code: string;
  readonly expires_at: string;
}

export interface InitiatedConnection extends IssuedCode {
  readonly connection: Connection;
}

export interface InvitationOffer {
  readonly node_host: string;
  readonly node_url: string;
  readonly organization_name: string;
  readonly organization_url: string | null;
  readonly mode: string;
  readonly visibility: Visibility;
  readonly expires_at: string;
  readonly fingerprint: string;
  readonly connection_id: string;
}

export interface AuditEntry {
  readonly id: string;
  readonly at: string;
  readonly user_name: string;
  readonly user_id: string;
  readonly action: string;
  readonly connection_id: string | null;
  readonly connection_name: string | null;
  readonly details: Readonly<Record<string, unknown>>;
}

export type StepKey = "credential" | "connection" | "accepted" | "first_work_item" | "trigger";

export interface GettingStartedStep {
  readonly key: StepKey;
  readonly is_done: boolean;
  /** "" for nothing to add. */
  readonly detail: string;
}

export type TwinStatus = "pending" | "synchronized" | "failed" | "local_removed" | "remote_removed" | "unlinked";

export interface SyncError {
  readonly id: string;
  readonly code: string;
  readonly message: string;
  readonly opened_at: string;
  readonly is_transient: boolean;
}

export interface Twin {
  readonly id: string;
  readonly connection_id: string;
  readonly connection_name: string;
  readonly status: TwinStatus;
  readonly local: { readonly id: string; readonly url: string; readonly title: string | null } | null;
  readonly remote: { readonly id: string; readonly url: string; readonly organization_name: string } | null;
  readonly synchronized_at: string | null;
  readonly in_progress: boolean;
  /** It waits for the license plan. */
  readonly is_held: boolean;
  /** Where the proposal stands that it waits for; null for every other pair. */
  readonly asked: ProposalStatus | null;
  readonly waiting: { readonly outgoing: number; readonly incoming: number };
  readonly errors: readonly SyncError[];
  readonly conflicts: number;
}

export interface PanelConnection {
  readonly id: string;
  readonly name: string;
  readonly status: ConnectionStatus;
}

export interface PanelState {
  readonly items: readonly Twin[];
  readonly connections: readonly PanelConnection[];
  /** Whether the person may edit this work item; without the answer the node decides when an action is tried. */
  readonly can_edit?: boolean;
}

/** Whose content stands on both sides of a linked pair; "both": each keeps its own until somebody changes it. */
export type KeptContent = "both" | "local" | "remote";

/** What becomes of a work item that was in sync with one of the partner before. */
export type CounterpartChoice = "connect" | "separate";
