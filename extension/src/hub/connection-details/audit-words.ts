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
  work_item_sync_asked: "Work item synchronized at once",
  conflict_restored: "Other value of a conflict used",
  conflict_dismissed: "Conflict dismissed",
  error_retried: "Error retried",
  queue_event_cancelled: "Queued event cancelled",
  queue_event_sent_again: "Queued event sent again",
  trigger_created: "Trigger created",
  trigger_changed: "Trigger changed",
  trigger_deleted: "Trigger deleted",
  trigger_activated: "Trigger activated",
  trigger_deactivated: "Trigger deactivated",
  error_resolved: "Error resolved",
  comparison_started: "Comparison started",
  drift_repaired: "Differences repaired",
  bulk_connect_started: "Bulk Connect started",
  bulk_exalated: "Bulk Exalate started",
  bulk_unexalated: "Bulk Unexalate started",
  job_paused: "Job paused",
  job_resumed: "Job resumed",
  job_cancelled: "Job cancelled",
  clean_up_started: "Clean-up started",
  credential_saved: "Account changed",
  mail_server_saved: "Mail server changed",
  mail_server_removed: "Mail server removed",
  subscriber_added: "Notifications: added",
  subscriber_changed: "Notifications: changed",
  subscriber_removed: "Notifications: removed",
  subscriber_unsubscribed: "Notifications: unsubscribed by a link in a mail",
  webhook_secret_renewed: "New secret of a webhook",
  delivery_repeated: "Notification sent again",
  organization_registered: "Organization registered",
  organization_disconnected: "Organization disconnected",
  proposal_accepted: "Proposal accepted",
  proposal_declined: "Proposal declined",
  proposal_withdrawn: "Proposal taken back",
  proposal_answered: "Proposal answered by the other side",
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
