import type { Twin } from "../common/api/types";
import type { IconName } from "./components/icon";
import type { StatusTone } from "./components/status-label";

export interface ShownTwinStatus {
  readonly word: string;
  readonly icon: IconName;
  readonly tone: StatusTone;
}

const STATUSES: Readonly<Record<Twin["status"], ShownTwinStatus>> = {
  pending: { word: "In Progress", icon: "clock", tone: "info" },
  synchronized: { word: "Synchronized", icon: "success", tone: "success" },
  failed: { word: "Failed", icon: "error", tone: "error" },
  local_removed: { word: "Removed here", icon: "block", tone: "warning" },
  remote_removed: { word: "Remote entity removed", icon: "block", tone: "warning" },
  unlinked: { word: "Not under sync any more", icon: "block", tone: "neutral" },
};

/** What waits for the license plan, until the month ends or the limit is raised. */
const HELD: ShownTwinStatus = { word: "Waits: this month's new pairs are used up", icon: "clock", tone: "warning" };

/** What the other side, or a person here, has to say first. */
const ASKED: Readonly<Partial<Record<NonNullable<Twin["asked"]>, ShownTwinStatus>>> = {
  held: { word: "Waits for a decision of an administrator", icon: "clock", tone: "warning" },
  unchecked: { word: "Waits for the partner's yes", icon: "clock", tone: "info" },
  open: { word: "Waits for the partner's yes", icon: "clock", tone: "info" },
  declined: { word: "Declined by the partner", icon: "block", tone: "warning" },
};

/** A pair's state in words; what failed stays failed to the reader while it is tried again. */
export function describeTwin(twin: Twin): ShownTwinStatus {
  const asked = twin.asked === null ? undefined : ASKED[twin.asked];
  if (asked !== undefined) return asked;
  if (twin.is_held && twin.status === "pending") return HELD;
  return twin.in_progress && twin.status === "synchronized" ? STATUSES.pending : STATUSES[twin.status];
}
