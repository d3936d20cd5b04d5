import type { EventChange, EventHold, EventStatus, Lane, QueueEvent } from "../../common/api/queue-api";
import { formatMoment } from "../../common/times";
import type { IconName } from "../../shared-ui/components/icon";
import type { StatusTone } from "../../shared-ui/components/status-label";

export const LANES: readonly { readonly key: Lane; readonly title: string; readonly help: string }[] = [
  { key: "outgoing_sync", title: "Outgoing sync", help: "Changes and answers on their way to the partner." },
  { key: "incoming_sync", title: "Incoming sync", help: "Changes and answers that came from the partner." },
  {
    key: "outgoing_attachments",
    title: "Outgoing attachments",
    help: "Files that this side gives: what the partner asks for, and what is answered.",
  },
  {
    key: "incoming_attachments",
    title: "Incoming attachments",
    help: "Files that this side gets: what it asks for, and what the partner answers.",
  },
];

interface StatusWords {
  readonly title: string;
  readonly icon: IconName;
  readonly tone: StatusTone;
}

export const STATUSES: Readonly<Record<EventStatus, StatusWords>> = {
  waiting: { title: "Waiting", icon: "clock", tone: "neutral" },
  sending: { title: "Sending", icon: "refresh", tone: "info" },
  sent: { title: "Sent", icon: "check", tone: "info" },
  applying: { title: "Applying", icon: "refresh", tone: "info" },
  synchronized: { title: "Synchronized", icon: "success", tone: "success" },
  failed: { title: "Failed", icon: "error", tone: "error" },
  blocked: { title: "Blocked", icon: "pause", tone: "warning" },
  cancelled: { title: "Cancelled", icon: "block", tone: "neutral" },
};

export const EXPLANATIONS: Readonly<Record<EventStatus, string>> = {
  waiting: "It is queued and has not been taken yet.",
  sending: "It is being transferred to the partner.",
  sent: "The partner has confirmed that it arrived.",
  applying: "It is being written to the work item here.",
  synchronized: "It was applied, and the other side knows. It stays in this list for a week.",
  failed: "It stopped with an error.",
  blocked: "It waits for something else.",
  cancelled: "It was dropped and will not be applied.",
};

const HOLDS: Readonly<Record<EventHold, string>> = {
  "": "",
  connection_not_active: "The connection is not active. It goes on once the connection is activated.",
  peer_unreachable: "The partner does not answer{since}. Sending is tried again by itself.",
  peer_refusing: "Nothing can be sent to the partner{since}. Errors says why.",
  partner_paused: "The partner paused the connection{since}. It goes on once they activate it.",
  partner_stopped: "A brake stopped the connection at the partner{since}. It goes on once their administrator has decided.",
  partner_ended: "The partner ended the connection{since}. It will never be sent.",
  plan_limit: "The plan's new pairs of this month are used up. It goes on once there is room.",
  failed_event: "Something about this work item failed. It goes on once that error is over.",
  unknown_kind: "This version of the node does not know this sort of message. It goes on after an update.",
  other: "Something holds it. Look at the errors of its work item.",
};

const SHORT_HOLDS: Readonly<Record<EventHold, string>> = {
  "": "",
  connection_not_active: "connection not active",
  peer_unreachable: "the partner does not answer{since}",
  peer_refusing: "the line does not work{since}",
  partner_paused: "paused by the partner{since}",
  partner_stopped: "stopped at the partner{since}",
  partner_ended: "ended by the partner{since}",
  plan_limit: "plan limit",
  failed_event: "behind an error",
  unknown_kind: "unknown sort",
  other: "held",
};

const KINDS: Readonly<Record<string, string>> = {
  state: "Change",
  connecting: "Change of a connected pair",
  applied: "Confirmation",
  failed: "Report of an error",
  content_requested: "Request for files",
  content_sent: "Files sent",
  content_failed: "Files not available",
  connection_changed: "News of the connection",
  comparison: "Comparison",
  compared: "Result of a comparison",
  state_requested: "Request for the state",
  cleaned_up: "News of a clean-up",
};

export function kindTitle(kind: string): string {
  return KINDS[kind] ?? kind;
}

/** Why it does not go on, in a sentence; "" for one that does. */
export function holdText(event: QueueEvent): string {
  return withSince(HOLDS[event.hold], event);
}

export function shortHold(event: QueueEvent): string {
  return withSince(SHORT_HOLDS[event.hold], event);
}

function withSince(text: string, { hold_since: since }: QueueEvent): string {
  return text.replace("{since}", since === null ? "" : ` since ${formatMoment(since)}`);
}

export function changeTitle({ thing, subject }: EventChange): string {
  if (thing === "summary") return "Title";
  if (thing === "description") return "Description";
  if (thing === "type") return "Work item type";
  if (thing === "comment") return `Comment of ${subject}`;
  if (thing === "attachment") return `Attachment ${subject}`;
  return subject === "local" ? "Recycle bin of this side" : "Recycle bin of the other side";
}

export function changeText({ thing, text, is_deleted: isDeleted }: EventChange): string {
  if (isDeleted) return "deleted";
  if (thing === "presence") return text === "removed" ? "moved there" : "not there";
  if (thing === "attachment") return "added";
  return text === "" ? "(empty)" : text;
}
