import type { DeliveryStatus, Digest, MailSecurity, SubscriberStatus } from "../../common/api/notifications-api";
import type { IconName } from "../../shared-ui/components/icon";
import type { StatusTone } from "../../shared-ui/components/status-label";

interface Named {
  readonly title: string;
  readonly hint: string;
}

/** What errors stop, in the order of a list; the node's own words. */
export const IMPACTS: Readonly<Record<string, Named>> = {
  work_item: { title: "Work items", hint: "A single work item stopped." },
  connection: { title: "Connections", hint: "A whole connection stopped." },
  trigger: { title: "Triggers", hint: "A trigger can't do its work." },
  node: { title: "Node", hint: "The node itself stopped." },
  warning: { title: "Warnings", hint: "Nothing stopped, but something needs a look." },
};

export const DIGESTS: Readonly<Record<Digest, Named>> = {
  at_once: { title: "At once", hint: "About a minute after an error. More of the same kind once an hour at most." },
  hourly: { title: "Hourly", hint: "At the full hour, everything in one." },
  daily: { title: "Daily", hint: "At 07:00 UTC, everything in one." },
};

export const SECURITIES: Readonly<Record<MailSecurity, string>> = {
  starttls: "STARTTLS (usual on port 587)",
  tls: "TLS from the start (usual on port 465)",
  none: "None (inside a trusted network only)",
};

interface Status {
  readonly title: string;
  readonly icon: IconName;
  readonly tone: StatusTone;
}

export const SUBSCRIBER_STATUSES: Readonly<Record<SubscriberStatus, Status>> = {
  active: { title: "Active", icon: "success", tone: "success" },
  paused: { title: "Paused", icon: "pause", tone: "neutral" },
  unsubscribed: { title: "Unsubscribed", icon: "block", tone: "warning" },
};

export const DELIVERY_STATUSES: Readonly<Record<DeliveryStatus, Status>> = {
  waiting: { title: "Waiting", icon: "clock", tone: "info" },
  sent: { title: "Sent", icon: "success", tone: "success" },
  failed: { title: "Failed", icon: "error", tone: "error" },
  cancelled: { title: "Cancelled", icon: "block", tone: "neutral" },
};

const STEPS: Readonly<Record<string, string>> = {
  lookup: "Look up the name",
  connection: "Connect",
  encryption: "Encrypt the connection",
  sign_in: "Sign in",
  sender: "Sender accepted",
  recipient: "Recipient accepted",
  message: "Mail taken",
  answer: "Message taken",
};

export function stepTitle(step: string): string {
  return STEPS[step] ?? step.replace(/_/g, " ");
}

export function impactTitle(impact: string): string {
  return IMPACTS[impact]?.title ?? impact.replace(/_/g, " ");
}
