const ACTIONS: Readonly<Record<string, string>> = {
  identities_paired: "Person recognized by both tokens",
  connection_initiated: "Initiated",
  invitation_accepted: "Invitation accepted",
  connection_accepted: "Accepted by the other side",
  connection_changed: "Changed",
  connection_activated: "Activated",
  connection_deactivated: "Deactivated",
  connection_removed: "Deleted",
  invitation_shown: "Invitation code shown",
  invitation_renewed: "New invitation code made",
  invitation_revoked: "Invitation revoked",
  work_item_exalated: "Work item put under sync",
  work_item_connected: "Work items linked",
  work_item_unexalated: "Work item taken out of sync",
  error_retried: "Error retried",
  credential_saved: "Account changed",
  organization_registered: "Organization registered",
  organization_disconnected: "Organization disconnected",
};

/** An entry's action in words; one that this page does not know is shown by its own name. */
export function describeAction(action: string): string {
  const words = action.replace(/[._]/g, " ");
  return ACTIONS[action] ?? words.charAt(0).toUpperCase() + words.slice(1);
}

/** "project: Alpha → Beta", "work item: 42". */
export function describeDetails(details: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.entries(details).flatMap(([name, value]) => {
    const shown = describeValue(value);
    return shown === null ? [] : [`${name.replace(/_/g, " ")}: ${shown}`];
  });
}

function describeValue(value: unknown): string | null {
  if (typeof value === "string") return value === "" ? null : value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (Array.isArray(value)) return value.map(describeValue).filter((item) => item !== null).join(", ") || null;
  if (typeof value !== "object" || value === null) return null;
  const { from, to } = value as { from?: unknown; to?: unknown };
  if (from === undefined && to === undefined) return null;
  return `${describeValue(from) ?? "(empty)"} → ${describeValue(to) ?? "(empty)"}`;
}
