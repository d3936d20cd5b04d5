import type { Connection, InvitationOffer } from "../../common/api/types";
import { safeLink } from "../../common/organization-url";
import { Button } from "../../shared-ui/components/button";
import { ExternalLink } from "../../shared-ui/components/external-link";
import { Message } from "../../shared-ui/components/message";
import { describeDestination } from "../connections/connection-status";
import { FirstSync } from "../first-sync/first-sync";
import { useHub } from "../hub-context";

interface AcceptedStepProps {
  readonly connection: Connection;
  readonly offer: InvitationOffer | null;
}

/** The connection is set up; a first work item shows that it works. */
export function AcceptedStep({ connection, offer }: AcceptedStepProps) {
  const { go } = useHub();
  const remoteUrl = connection.remote?.organization_url ?? offer?.organization_url;
  return (
    <div className="stack">
      <Message kind="success" isAnnounced>
        <strong>Congratulations! The connection is set up.</strong>
        <p>
          <bdi>{connection.name}</bdi> joins your project <bdi>{connection.project}</bdi> with{" "}
          <bdi>{describeDestination(connection)}</bdi>.
        </p>
        {safeLink(remoteUrl) !== null && <ExternalLink url={remoteUrl}>Go to remote</ExternalLink>}
      </Message>
      <h3>Synchronize a first work item</h3>
      <FirstSync connection={connection} />
      <p className="quiet">
        To have work items come under sync by themselves:{" "}
        <Button kind="link" onClick={() => go(`triggers/new/${encodeURIComponent(connection.id)}`)}>
          Create Trigger
        </Button>
      </p>
    </div>
  );
}
