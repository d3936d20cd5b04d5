import type { Organization } from "../../common/api/types";
import { ExternalLink } from "../../shared-ui/components/external-link";
import { Facts } from "../../shared-ui/components/facts";
import { useHub } from "../hub-context";

/** Where things are; the Exalate URL is what a partner enters as the destination. */
export function AddressSection({ organization }: { readonly organization: Organization }) {
  const { node } = useHub();
  return (
    <section className="card stack" aria-label="Addresses">
      <h2>Addresses</h2>
      <Facts
        facts={[
          {
            name: "Azure DevOps URL",
            value: <ExternalLink url={organization.url}>{organization.url}</ExternalLink>,
          },
          {
            name: "Exalate URL",
            value:
              node.url === "" ? (
                "None: this node stands in a private network, where other nodes can't call it."
              ) : (
                <>
                  <span className="mono break">{node.url}</span>
                  <div className="quiet small">A partner enters it as the Destination Instance URL.</div>
                </>
              ),
          },
        ]}
      />
    </section>
  );
}
