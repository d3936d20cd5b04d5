import type { ApiError } from "../../common/api/api-error";
import { Failure } from "../../shared-ui/components/failure";
import { Facts } from "../../shared-ui/components/facts";
import { UNKNOWN_DESTINATION } from "../connections/connection-status";
import { useHub } from "../hub-context";
import type { Initiation } from "./initiation";

interface SummaryStepProps {
  readonly state: Initiation;
  readonly error: ApiError | null;
  readonly onRetry: () => void;
}

/** What will be made, before it is. */
export function SummaryStep({ state, error, onRetry }: SummaryStepProps) {
  const { organization } = useHub();
  return (
    <div className="stack">
      <Facts
        facts={[
          { name: "Mode", value: "Basic" },
          { name: "Type", value: state.hasUrl ? "Public: both nodes call each other" : "Private: only the other node calls" },
          { name: "Your organization", value: <bdi>{organization.name}</bdi> },
          { name: "Project", value: <bdi>{state.project}</bdi> },
          { name: "Destination", value: <bdi>{describeRemote(state)}</bdi> },
        ]}
      />
      {error !== null ? (
        <Failure error={error} onRetry={onRetry} />
      ) : (
        <p className="quiet">
          Initiate creates the connection on this side. It is Pending until the other side accepts the invitation.
        </p>
      )}
    </div>
  );
}

function describeRemote({ hasUrl, check }: Initiation): string {
  if (!hasUrl || check === null) return UNKNOWN_DESTINATION;
  return check.organization_name ?? check.node_url;
}
