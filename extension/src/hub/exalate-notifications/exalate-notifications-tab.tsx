import { useCallback, useMemo, useState } from "react";

import { NotificationsApi, type MailServerState, type NewSubscriber, type Subscriber } from "../../common/api/notifications-api";
import { Failure } from "../../shared-ui/components/failure";
import { Message } from "../../shared-ui/components/message";
import { Skeleton } from "../../shared-ui/components/skeleton";
import { useLive } from "../../shared-ui/hooks/use-live";
import { TabFailure } from "../gate/tab-failure";
import { useHub } from "../hub-context";
import { DeliverySection } from "./delivery-section";
import { MailServerPanel } from "./mail-server-panel";
import { MailServerSection } from "./mail-server-section";
import { SecretDialog } from "./secret-dialog";
import { SubscriberPanel } from "./subscriber-panel";
import { SubscriberSection } from "./subscriber-section";

const TAB = "exalate-notifications";
/** What the address calls the two panels; ids of subscribers are never so short. */
const SERVER = "mail-server";
const ADD = "add";
const REFRESH_MILLISECONDS = 15_000;

interface Notifications {
  readonly state: MailServerState;
  readonly subscribers: readonly Subscriber[];
}

/** Who is told about errors, by which mail server, and what was told. */
export function ExalateNotificationsTab({ detail }: { readonly detail: string }) {
  const { call, go, organization } = useHub();
  const api = useMemo(() => new NotificationsApi(call), [call]);
  const load = useCallback((signal: AbortSignal) => loadAll(api, signal), [api]);
  const { value, error, reload } = useLive(load, REFRESH_MILLISECONDS);
  if (error?.code === "administrator_required" || (value === null && error !== null)) {
    return <TabFailure error={error} organizationName={organization.name} onRetry={reload} />;
  }
  return (
    <div className="stack">
      <p>
        Who is told when something stops. Errors of the same kind are told together, so a thousand of them are one mail.
      </p>
      {error !== null && (
        <Failure error={error} onRetry={reload}>
          <span>What you see may be out of date. It is tried again by itself.</span>
        </Failure>
      )}
      {value === null ? (
        <div className="card">
          <Skeleton lines={8} label="Loading the notifications" />
        </div>
      ) : (
        <>
          <MailServerSection
            api={api}
            state={value.state}
            onConfigure={() => go(`${TAB}/${SERVER}`)}
            onChanged={reload}
          />
          <SubscriberSection
            api={api}
            subscribers={value.subscribers}
            onAdd={() => go(`${TAB}/${ADD}`)}
            onOpen={({ id }) => go(`${TAB}/${encodeURIComponent(id)}`)}
            onChanged={reload}
          />
          <DeliverySection api={api} />
          <Opened api={api} value={value} detail={detail} onChanged={reload} />
        </>
      )}
    </div>
  );
}

interface OpenedProps {
  readonly api: NotificationsApi;
  readonly value: Notifications;
  readonly detail: string;
  readonly onChanged: () => void;
}

/** What the address names: the mail server, somebody new, or somebody who is told. */
function Opened({ api, value, detail, onChanged }: OpenedProps) {
  const { go } = useHub();
  const [secret, setSecret] = useState<string | null>(null);
  const close = (): void => go(TAB);
  const onSaved = (added: NewSubscriber | null): void => {
    setSecret(added?.secret ?? null);
    close();
    onChanged();
  };
  const { state, subscribers } = value;
  if (secret !== null) return <SecretDialog secret={secret} onClose={() => setSecret(null)} />;
  if (detail === "") return null;
  if (detail === SERVER) {
    return <MailServerPanel api={api} state={state} onClose={close} onSaved={() => onSaved(null)} />;
  }
  const subscriber = subscribers.find(({ id }) => id === detail) ?? null;
  if (subscriber === null && detail !== ADD) return <Message kind="warning">This entry does not exist any more.</Message>;
  return (
    <SubscriberPanel
      key={detail}
      api={api}
      subscriber={subscriber}
      hasMailServer={state.server !== null}
      onClose={close}
      onSaved={onSaved}
    />
  );
}

async function loadAll(api: NotificationsApi, signal: AbortSignal): Promise<Notifications> {
  const [state, subscribers] = await Promise.all([api.getMailServer(signal), api.listSubscribers(signal)]);
  return { state, subscribers };
}
