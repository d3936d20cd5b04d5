import type { Connection } from "../../common/api/types";
import type { IconName } from "../../shared-ui/components/icon";
import { canInvite, hasOpenInvitation } from "./connection-status";

export type RowActionKind = "edit" | "copy-code" | "new-code" | "revoke" | "activate" | "deactivate" | "exalate" | "delete";

export interface OfferedAction {
  readonly kind: RowActionKind;
  readonly name: string;
  readonly icon: IconName;
}

interface Rule extends OfferedAction {
  readonly isOffered: (connection: Connection) => boolean;
}

const RULES: readonly Rule[] = [
  { kind: "edit", name: "Edit connection", icon: "edit", isOffered: () => true },
  {
    kind: "copy-code",
    name: "Copy Invitation Code",
    icon: "copy",
    isOffered: hasOpenInvitation,
  },
  {
    kind: "new-code",
    name: "New invitation code",
    icon: "refresh",
    isOffered: (row) => row.status === "pending" && canInvite(row),
  },
  { kind: "revoke", name: "Revoke invitation", icon: "block", isOffered: hasOpenInvitation },
  {
    kind: "activate",
    name: "Activate",
    icon: "play",
    isOffered: (row) => row.partner_state !== "ended" && (row.status === "deactivated" || row.status === "blocked"),
  },
  { kind: "deactivate", name: "Deactivate", icon: "pause", isOffered: isInUse },
  { kind: "exalate", name: "Exalate work item", icon: "link", isOffered: isInUse },
  { kind: "delete", name: "Delete connection", icon: "delete", isOffered: () => true },
];

/** Whether anything goes over it; what the partner has ended can only be deleted. */
function isInUse(row: Connection): boolean {
  return row.status === "active" && row.partner_state !== "ended";
}

/** What can be done with a connection as it is now. */
export function findRowActions(connection: Connection): readonly OfferedAction[] {
  return RULES.filter((rule) => rule.isOffered(connection));
}
