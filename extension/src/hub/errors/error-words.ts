import { errorText } from "../../common/api/error-texts";
import type { ErrorDetails, ErrorItem, Impact, Place } from "../../common/api/errors-api";
import type { IconName } from "../../shared-ui/components/icon";
import type { StatusTone } from "../../shared-ui/components/status-label";

interface ImpactWords {
  readonly title: string;
  readonly icon: IconName;
  readonly tone: StatusTone;
}

export const IMPACT_WORDS: Readonly<Record<Impact, ImpactWords>> = {
  work_item: { title: "Work item", icon: "error", tone: "error" },
  connection: { title: "Connection", icon: "link", tone: "error" },
  trigger: { title: "Trigger", icon: "block", tone: "error" },
  node: { title: "Node", icon: "error", tone: "error" },
  warning: { title: "Warning", icon: "warning", tone: "warning" },
};

/** Codes that only records have; the others are named as where a person meets them. */
const RECORD_TITLES: Readonly<Record<string, string>> = {
  work_items_vanished: "Many work items vanished at once",
  work_item_claimed_twice: "A work item was put under sync on both sides",
  foreign_twin: "The other side knows this work item otherwise",
  peer_silent: "The other node does not call any more",
};

/** "A rule of the process does not allow this work item". */
export function codeTitle(code: string): string {
  const known = RECORD_TITLES[code] ?? errorText(code).title.replace(/\.$/, "");
  return known === errorText("").title.replace(/\.$/, "") ? code.replace(/_/g, " ") : known;
}

export function sideTitle({ side, partner }: ErrorItem): string {
  if (side === "local") return "This side";
  return partner === null ? "On the partner's side" : `On the partner's side (${partner})`;
}

export function statusTitle({ error, resolved_by }: ErrorDetails): string {
  if (error.status === "open") return error.retrying ? "Open, being tried again" : error.is_transient ? "Open, tried again by itself" : "Open";
  if (error.resolution === "resolved") return `Resolved by ${resolved_by}`;
  return error.resolution === "retried" ? "Closed after a retry" : "Closed by itself";
}

/** Where the next step is done: what the link says, and the tab; null where there is no place in this page. */
export function placeLink(place: Place, error: ErrorItem): { readonly title: string; readonly hash: string } | null {
  if (place === "settings") return { title: "Open General Settings", hash: "general-settings" };
  if (place === "triggers") return { title: "Open Triggers", hash: "triggers" };
  if (place === "license") return { title: "Open License Details", hash: "license-details" };
  if (place === "notifications") return { title: "Open Exalate Notifications", hash: "exalate-notifications" };
  if ((place === "connection" || place === "partner") && error.connection_id !== null && error.connection_name !== null) {
    return { title: `Open ${error.connection_name}`, hash: `connections/${encodeURIComponent(error.connection_id)}` };
  }
  return null;
}
