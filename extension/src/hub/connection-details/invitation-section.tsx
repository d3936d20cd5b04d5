import type { Connection } from "../../common/api/types";
import { formatLeft, formatMoment } from "../../common/times";
import { Button } from "../../shared-ui/components/button";
import { useNow } from "../../shared-ui/hooks/use-now";
import type { ChosenAction } from "../connection-actions/connection-action-dialogs";
import { canInvite, hasOpenInvitation } from "../connections/connection-status";

interface InvitationSectionProps {
  readonly connection: Connection;
  readonly onAction: (kind: ChosenAction["kind"]) => void;
}

/** The invitation while nobody has accepted it; later the way to pair the two nodes anew. */
export function InvitationSection({ connection, onAction }: InvitationSectionProps) {
  const now = useNow();
  if (!canInvite(connection)) return null;
  const isPending = connection.status === "pending";
  const isOpen = hasOpenInvitation(connection);
  return (
    <section className="stack-small" aria-label="Invitation">
      <h3>Invitation</h3>
      <p>{describeInvitation(connection, now)}</p>
      <div className="row">
        {isOpen && (
          <Button icon="copy" onClick={() => onAction("copy-code")}>
            Copy Invitation Code
          </Button>
        )}
        <Button icon={isPending ? "refresh" : "key"} onClick={() => onAction("new-code")}>
          {isPending ? "New invitation code" : "Re-pair"}
        </Button>
        {isOpen && (
          <Button icon="block" onClick={() => onAction("revoke")}>
            Revoke invitation
          </Button>
        )}
      </div>
    </section>
  );
}

function describeInvitation({ invitation, status }: Connection, now: number): string {
  if (status !== "pending" && (invitation === null || invitation.status !== "open")) {
    return "It was accepted. Re-pair when the other node was set up anew; the pairs of work items stay.";
  }
  if (invitation === null) return "There is no invitation.";
  const until = formatMoment(invitation.expires_at);
  if (invitation.status === "revoked") return "It was revoked. Make a new code to go on.";
  const left = invitation.status === "expired" ? null : formatLeft(invitation.expires_at, now);
  if (left === null) return `Invitation expired (${until}). Make a new code to go on.`;
  return `Open for ${left}, until ${until}.`;
}
