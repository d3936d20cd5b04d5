import { useCallback, useState } from "react";

import type { Organization } from "../../common/api/types";
import { Button } from "../../shared-ui/components/button";
import { EmptyState } from "../../shared-ui/components/empty-state";
import { Skeleton } from "../../shared-ui/components/skeleton";
import { useLive } from "../../shared-ui/hooks/use-live";
import { TabFailure } from "../gate/tab-failure";
import { useHub } from "../hub-context";
import { AccountSection } from "./account-section";
import { AddressSection } from "./address-section";
import { DisconnectDialog } from "./disconnect-dialog";
import { SessionsSection } from "./sessions-section";

/** The organization as this node knows it: addresses, the account that works, and the end of it. */
export function SettingsTab() {
  const { api, organization, setOrganization } = useHub();
  const [isGone, setGone] = useState(false);
  const load = useCallback((signal: AbortSignal) => api.getOrganization(signal), [api]);
  const { value, error, reload } = useLive(load, null);
  const onSaved = (saved: Organization): void => {
    setOrganization(saved);
    reload();
  };
  if (isGone) return <Disconnected />;
  if (error !== null) return <TabFailure error={error} organizationName={organization.name} onRetry={reload} />;
  if (value === null) {
    return (
      <div className="card">
        <Skeleton lines={8} label="Loading the settings" />
      </div>
    );
  }
  return (
    <div className="stack">
      <AddressSection organization={value} />
      <AccountSection organization={value} onSaved={onSaved} />
      <SessionsSection />
      <DisconnectSection organization={value} onGone={() => setGone(true)} />
    </div>
  );
}

function Disconnected() {
  return (
    <div className="card">
      <EmptyState title="This organization is disconnected.">
        <p className="quiet">
          The node has forgotten its account and its settings. To begin anew, open this page again from Organization settings.
        </p>
      </EmptyState>
    </div>
  );
}

interface DisconnectSectionProps {
  readonly organization: Organization;
  readonly onGone: () => void;
}

function DisconnectSection({ organization, onGone }: DisconnectSectionProps) {
  const [isAsking, setAsking] = useState(false);
  return (
    <section className="card stack" aria-label="Disconnect this organization">
      <h2>Disconnect this organization</h2>
      <p>The node forgets this organization. All connections have to be deleted first.</p>
      <div>
        <Button onClick={() => setAsking(true)}>Disconnect organization</Button>
      </div>
      {isAsking && <DisconnectDialog organization={organization} onClose={() => setAsking(false)} onDone={onGone} />}
    </section>
  );
}
