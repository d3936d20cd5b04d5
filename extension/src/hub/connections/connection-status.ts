import type { Connection } from "../../common/api/types";
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

/** A connection's state in words: our own side first, then what the other side or the invitation adds. */
export function describeStatus(connection: Connection): ShownStatus {
  const own = OWN[connection.status];
  if (connection.remote_status === "removed") {
    return { word: "Removed by remote", icon: "block", tone: "warning", note: "The other side ended the connection." };
  }
  if (connection.remote_status === "deactivated" && connection.status === "active") {
    return { word: "Deactivated by remote", icon: "pause", tone: "warning", note: "Changes are queued meanwhile." };
  }
  return { ...own, note: describeNote(connection) };
}

function describeNote(connection: Connection): string {
  if (connection.status === "pending") return describeInvitation(connection);
  if (connection.status === "deactivated" && connection.remote_status === "deactivated") return "Also deactivated by remote.";
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

/** Why the other side has not been heard; null while it has, or before it can be. */
export function describeLateContact(connection: Connection): string | null {
  if (!connection.is_contact_late || connection.status === "pending" || connection.status === "removed") return null;
  if (connection.transport === "polled") return "Not heard for a while. The partner's node must call this one.";
  return "Not heard for a while. It is tried again by itself.";
}
