import type { Connection, PartnerState } from "../../common/api/types";
import { formatMoment } from "../../common/times";
import type { IconName } from "../../shared-ui/components/icon";
import type { StatusTone } from "../../shared-ui/components/status-label";

export interface ShownStatus {
  readonly word: string;
  readonly icon: IconName;
  readonly tone: StatusTone;
  /** What else a person should know; "" for nothing. */
  readonly note: string;
}

const OWN: Readonly<Record<Connection["status"], Omit<ShownStatus, "note">>> = {
  pending: { word: "Pending", icon: "clock", tone: "info" },
  active: { word: "Active", icon: "success", tone: "success" },
  deactivated: { word: "Deactivated", icon: "pause", tone: "neutral" },
  blocked: { word: "Blocked", icon: "warning", tone: "error" },
  removed: { word: "Removed", icon: "block", tone: "neutral" },
};

type PartnerWords = Omit<ShownStatus, "note"> & { readonly note: (partner: string, since: string) => string };

/** What the other side adds while our own is active. A pause that is meant is no alarm; the others are. */
const PARTNERS: Readonly<Record<Exclude<PartnerState, "answering">, PartnerWords>> = {
  paused: {
    word: "Paused by the partner",
    icon: "pause",
    tone: "neutral",
    note: (partner, since) => `${partner} paused it${since}. Changes are queued meanwhile.`,
  },
  stopped: {
    word: "Stopped at the partner",
    icon: "pause",
    tone: "warning",
    note: (partner, since) => `A brake stopped it at ${partner}${since}; their administrator decides. Changes are queued.`,
  },
  ended: {
    word: "Ended by the partner",
    icon: "block",
    tone: "error",
    note: (partner, since) => `${partner} ended the connection${since}. Nothing goes over it any more: delete it here.`,
  },
  silent: {
    word: "Partner does not answer",
    icon: "error",
    tone: "error",
    note: (partner, since) => `The node of ${partner} has not answered${since}. Changes are queued.`,
  },
  refusing: {
    word: "Line does not work",
    icon: "error",
    tone: "error",
    note: (partner, since) => `Nothing can be exchanged with the node of ${partner}${since}; Errors says why.`,
  },
};

/** A connection's state in words: our own side first, then what the other side or the invitation adds. */
export function describeStatus(connection: Connection): ShownStatus {
  const { status, partner_state: state } = connection;
  if (state !== "answering" && (status === "active" || (state === "ended" && status !== "removed"))) {
    const { note, ...shown } = PARTNERS[state];
    return { ...shown, note: note(describeDestination(connection), describeSince(connection)) };
  }
  return { ...OWN[status], note: describeNote(connection) };
}

function describeSince({ partner_since: since }: Connection): string {
  return since === null ? "" : ` since ${formatMoment(since)}`;
}

function describeNote(connection: Connection): string {
  if (connection.status === "pending") return describeInvitation(connection);
  if (connection.status === "deactivated" && connection.remote_status === "deactivated") return "Also paused by the partner.";
  return connection.status_reason;
}

function describeInvitation({ invitation }: Connection): string {
  if (invitation === null) return "No invitation";
  if (invitation.status === "expired") return "Invitation expired";
  if (invitation.status === "revoked") return "Invitation revoked";
  return "";
}

export function hasOpenInvitation({ invitation }: Connection): boolean {
  return invitation?.status === "open";
}

/** Whether this side made the invitation and so can make another one. */
export function canInvite(connection: Connection): boolean {
  return connection.role === "initiator" && connection.status !== "removed";
}

export const UNKNOWN_DESTINATION = "unknown";

export function describeDestination(connection: Connection): string {
  return connection.remote?.organization_name ?? UNKNOWN_DESTINATION;
}

export function describeType(visibility: Connection["visibility"]): string {
  return visibility === "private" ? "Private" : "Public";
}

export function describeMode(mode: string): string {
  return mode === "" ? "" : mode.charAt(0).toUpperCase() + mode.slice(1);
}
