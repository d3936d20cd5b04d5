import type { ApiError } from "../../common/api/api-error";
import type { InvitationOffer } from "../../common/api/types";
import { formatMoment } from "../../common/times";
import { ExternalLink } from "../../shared-ui/components/external-link";
import { Facts } from "../../shared-ui/components/facts";
import { Failure } from "../../shared-ui/components/failure";
import { describeMode, describeType } from "../connections/connection-status";
import { useHub } from "../hub-context";
import { ProjectPicker } from "../projects/project-picker";
import type { Acceptance, Change } from "./acceptance";

interface OfferStepProps {
  readonly state: Acceptance;
  readonly change: (change: Change) => void;
  readonly error: ApiError | null;
  readonly onRetry: () => void;
}

/** Who invites, and which project takes what comes; nothing is stored before Confirm. */
export function OfferStep({ state, change, error, onRetry }: OfferStepProps) {
  const { offer } = state;
  if (offer === null) return null;
  return (
    <div className="stack">
      <OfferFacts offer={offer} />
      <ProjectPicker
        label="Select a project for the incoming sync"
        hint="Work items that come from the other side are created in this project."
        value={state.project}
        onChange={(project) => change({ kind: "project", project })}
        takesFocus
      />
      {error !== null && <Failure error={error} onRetry={error.isTransient ? onRetry : undefined} />}
    </div>
  );
}

function OfferFacts({ offer }: { readonly offer: InvitationOffer }) {
  const { organization } = useHub();
  return (
    <section className="stack-small" aria-label="Who invites">
      <p>
        <strong>
          <bdi>{offer.organization_name}</bdi>
        </strong>{" "}
        invites <bdi>{organization.name}</bdi> to keep work items in sync.
      </p>
      <Facts
        facts={[
          {
            name: "Organization",
            value: <ExternalLink url={offer.organization_url}>{offer.organization_name}</ExternalLink>,
          },
          { name: "Node", value: <bdi>{offer.node_host}</bdi> },
          { name: "Type", value: describeType(offer.visibility) },
          { name: "Mode", value: describeMode(offer.mode) },
          { name: "Valid until", value: formatMoment(offer.expires_at) },
          {
            name: "Key fingerprint",
            value: <span className="mono break">{offer.fingerprint}</span>,
          },
        ]}
      />
      <p className="quiet small">
        To be sure that nobody stands in between, compare the fingerprint with the other administrator, for example by
        telephone.
      </p>
    </section>
  );
}
