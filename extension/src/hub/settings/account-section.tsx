import { useState } from "react";

import type { CredentialKind, Organization, StoredCredential } from "../../common/api/types";
import { daysUntil, formatMoment } from "../../common/times";
import { Button } from "../../shared-ui/components/button";
import { Facts } from "../../shared-ui/components/facts";
import { Message } from "../../shared-ui/components/message";
import { useNow } from "../../shared-ui/hooks/use-now";
import { AccountPanel } from "./account-panel";
import { RightsCheck } from "./rights-check";

const WARNING_DAYS = 14;

const KINDS: Readonly<Record<CredentialKind, string>> = {
  personal_access_token: "Personal access token",
  client_secret: "Service principal with a secret",
  client_certificate: "Service principal with a certificate",
};

interface AccountSectionProps {
  readonly organization: Organization;
  readonly onSaved: (organization: Organization) => void;
}

/** Who reads and writes work items for the node, and whether that account may do all it needs. */
export function AccountSection({ organization, onSaved }: AccountSectionProps) {
  const [isConfiguring, setConfiguring] = useState(false);
  const { credential } = organization;
  return (
    <section className="card stack" aria-label="Account">
      <h2>Account</h2>
      {credential === null ? (
        <Message kind="warning">
          <strong>The node has no account in this organization yet.</strong>
          <p>Without one it can neither read nor write work items.</p>
        </Message>
      ) : (
        <>
          <CredentialFacts credential={credential} />
          <RightsCheck key={`${credential.identity_id} ${credential.added_at ?? ""}`} />
        </>
      )}
      <div>
        <Button kind={credential === null ? "primary" : "standard"} onClick={() => setConfiguring(true)}>
          Configure
        </Button>
      </div>
      {isConfiguring && (
        <AccountPanel
          organization={organization}
          onClose={() => setConfiguring(false)}
          onSaved={(saved) => {
            setConfiguring(false);
            onSaved(saved);
          }}
        />
      )}
    </section>
  );
}

function CredentialFacts({ credential }: { readonly credential: StoredCredential }) {
  const now = useNow();
  const { expires_at: expiry, added_at: added } = credential;
  const days = expiry === null ? null : daysUntil(expiry, now);
  return (
    <>
      <p>
        The node reads and writes work items as <strong dir="auto">{credential.identity}</strong>. Incoming changes appear
        under this name.
      </p>
      {expiry !== null && days !== null && days < WARNING_DAYS && (
        <Message kind={days < 0 ? "error" : "warning"}>
          {days < 0 ? `It expired on ${formatMoment(expiry)}.` : `It expires on ${formatMoment(expiry)}.`} Configure a new one
          so that the sync does not stop.
        </Message>
      )}
      <Facts
        facts={[
          { name: "Kind", value: KINDS[credential.kind] },
          ...(added === null ? [] : [{ name: "Added", value: formatMoment(added) }]),
          { name: "Expires", value: expiry === null ? "not known" : formatMoment(expiry) },
        ]}
      />
    </>
  );
}
