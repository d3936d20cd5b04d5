import { useState } from "react";

import type { MailServer, MailServerState, NotificationsApi } from "../../common/api/notifications-api";
import { Button } from "../../shared-ui/components/button";
import { Confirmation } from "../../shared-ui/components/confirmation";
import { Facts } from "../../shared-ui/components/facts";
import { Message } from "../../shared-ui/components/message";
import { useAction } from "../../shared-ui/hooks/use-action";
import { SECURITIES } from "./words";

interface MailServerSectionProps {
  readonly api: NotificationsApi;
  readonly state: MailServerState;
  readonly onConfigure: () => void;
  readonly onChanged: () => void;
}

/** Over which server mails go. */
export function MailServerSection({ api, state, onConfigure, onChanged }: MailServerSectionProps) {
  const [isAsking, setAsking] = useState(false);
  const { server } = state;
  return (
    <section className="card stack" aria-label="Mail server">
      <h2>Mail server</h2>
      {server === null ? (
        <Message kind="info">
          <strong>No mail server is configured.</strong>
          <p>No mail is sent. Errors are still listed under Errors, and webhooks work.</p>
        </Message>
      ) : (
        <ServerFacts server={server} canUnsubscribe={state.can_unsubscribe} />
      )}
      <div className="row">
        <Button kind={server === null ? "primary" : "standard"} onClick={onConfigure}>
          {server === null ? "Configure mail server" : "Change or test"}
        </Button>
        {server !== null && (
          <Button kind="subtle" icon="delete" onClick={() => setAsking(true)}>
            Remove
          </Button>
        )}
      </div>
      {isAsking && (
        <RemoveServer
          api={api}
          onClose={() => setAsking(false)}
          onRemoved={() => {
            setAsking(false);
            onChanged();
          }}
        />
      )}
    </section>
  );
}

function ServerFacts({ server, canUnsubscribe }: { readonly server: MailServer; readonly canUnsubscribe: boolean }) {
  const { host, port, security, sender_address: address, sender_name: name, user } = server;
  return (
    <Facts
      facts={[
        { name: "Server", value: `${host}, port ${port}` },
        { name: "Security", value: SECURITIES[security] },
        { name: "Sender", value: <bdi>{name === "" ? address : `${name} <${address}>`}</bdi> },
        { name: "Signs in", value: user === "" ? "nobody" : <bdi>{user}</bdi> },
        {
          name: "Unsubscribing",
          value: canUnsubscribe
            ? "by a link in every mail"
            : "by asking an administrator: this node has no address that a link could lead to",
        },
      ]}
    />
  );
}

interface RemoveServerProps {
  readonly api: NotificationsApi;
  readonly onClose: () => void;
  readonly onRemoved: () => void;
}

function RemoveServer({ api, onClose, onRemoved }: RemoveServerProps) {
  const remove = useAction(async () => {
    await api.removeMailServer();
    onRemoved();
  });
  return (
    <Confirmation
      title="Remove the mail server?"
      confirm="Remove"
      isDangerous
      isBusy={remove.isRunning}
      error={remove.error}
      onConfirm={remove.start}
      onCancel={onClose}
    >
      <p>Its password is forgotten, and no mail is sent until there is another one. Who is told stays listed.</p>
    </Confirmation>
  );
}
