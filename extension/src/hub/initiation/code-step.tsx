import { Message } from "../../shared-ui/components/message";
import { Facts } from "../../shared-ui/components/facts";
import { UNKNOWN_DESTINATION } from "../connections/connection-status";
import { useHub } from "../hub-context";
import { HandoverLink } from "./handover-link";
import { findHandover, type Initiation } from "./initiation";
import { InvitationCode } from "./invitation-code";

/** The connection is made; its code goes to the other side. */
export function CodeStep({ state }: { readonly state: Initiation }) {
  const { organization, contributionId } = useHub();
  const { result, check } = state;
  if (result === null) return null;
  const handover = findHandover(state, contributionId);
  const remote = result.connection.remote?.organization_name ?? check?.organization_name ?? check?.node_url;
  return (
    <div className="stack">
      <Message kind="success" isAnnounced>
        <strong>
          <bdi>{result.connection.name}</bdi> is created.
        </strong>{" "}
        It is Pending until the other side accepts.
      </Message>
      <Facts
        facts={[
          {
            name: "Your side",
            value: (
              <>
                <bdi>{organization.name}</bdi>, project <bdi>{state.project}</bdi>
              </>
            ),
          },
          { name: "Destination", value: <bdi>{remote ?? UNKNOWN_DESTINATION}</bdi> },
        ]}
      />
      <InvitationCode code={result.code} expiresAt={result.expires_at} />
      {handover !== null && <HandoverLink url={handover} />}
      <p className="quiet">
        You can leave now: while the connection is Pending, the code can be copied again from its row in Connections.
      </p>
    </div>
  );
}
