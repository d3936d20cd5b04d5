import { useState } from "react";

import type { NotificationsApi, Subscriber, Trial } from "../../common/api/notifications-api";
import { count, formatAgo } from "../../common/times";
import { Button } from "../../shared-ui/components/button";
import { Confirmation } from "../../shared-ui/components/confirmation";
import { DataTable, type Column } from "../../shared-ui/components/data-table";
import { Dialog } from "../../shared-ui/components/dialog";
import { EmptyState } from "../../shared-ui/components/empty-state";
import { Failure } from "../../shared-ui/components/failure";
import { MenuButton, type MenuItem } from "../../shared-ui/components/menu-button";
import { StatusLabel } from "../../shared-ui/components/status-label";
import { useAction } from "../../shared-ui/hooks/use-action";
import { useNow } from "../../shared-ui/hooks/use-now";
import { SecretDialog } from "./secret-dialog";
import { TrialReport } from "./trial-report";
import { DIGESTS, impactTitle, SUBSCRIBER_STATUSES } from "./words";

interface SubscriberSectionProps {
  readonly api: NotificationsApi;
  readonly subscribers: readonly Subscriber[];
  readonly onAdd: () => void;
  readonly onOpen: (subscriber: Subscriber) => void;
  readonly onChanged: () => void;
}

type Doing = { readonly deed: "test" | "remove" | "secret"; readonly subscriber: Subscriber };

/** Who is told about what. */
export function SubscriberSection({ api, subscribers, onAdd, onOpen, onChanged }: SubscriberSectionProps) {
  const now = useNow();
  const [doing, setDoing] = useState<Doing | null>(null);
  const toggle = useAction(async (subscriber: Subscriber) => {
    await api.changeSubscriber(subscriber, { is_active: subscriber.status !== "active" });
    onChanged();
  });
  const actions = (subscriber: Subscriber): MenuItem[] => [
    { name: "Change", icon: "edit", onChoose: () => onOpen(subscriber) },
    { name: "Send test", icon: "check", onChoose: () => setDoing({ deed: "test", subscriber }) },
    subscriber.status === "active"
      ? { name: "Pause", icon: "pause", onChoose: () => toggle.start(subscriber) }
      : { name: "Activate", icon: "play", onChoose: () => toggle.start(subscriber) },
    ...(subscriber.kind === "webhook"
      ? [{ name: "New secret", icon: "key", onChoose: () => setDoing({ deed: "secret", subscriber }) } as const]
      : []),
    { name: "Remove", icon: "delete", onChoose: () => setDoing({ deed: "remove", subscriber }) },
  ];
  return (
    <section className="card stack notification-list" aria-label="Who is told">
      <div className="row section-head">
        <h2>Who is told</h2>
        <Button icon="add" onClick={onAdd}>
          Add
        </Button>
      </div>
      {toggle.error !== null && <Failure error={toggle.error} onRetry={onChanged} />}
      {subscribers.length === 0 ? (
        <EmptyState title="Nobody is told about errors yet.">
          <p className="quiet">Add an e-mail address, or a webhook of a program that passes messages on.</p>
        </EmptyState>
      ) : (
        <DataTable
          label="Who is told"
          columns={columnsOf(now, onOpen, actions)}
          rows={subscribers}
          keyOf={(subscriber) => subscriber.id}
        />
      )}
      {doing !== null && <Deed api={api} doing={doing} onClose={() => setDoing(null)} onChanged={onChanged} />}
    </section>
  );
}

function columnsOf(
  now: number,
  onOpen: (subscriber: Subscriber) => void,
  actions: (subscriber: Subscriber) => MenuItem[],
): readonly Column<Subscriber>[] {
  return [
    {
      key: "address",
      title: "Address",
      render: (row) => (
        <>
          <Button kind="link" onClick={() => onOpen(row)}>
            <bdi className="break">{row.address}</bdi>
          </Button>
          <div className="quiet small">{row.kind === "email" ? "E-mail" : "Webhook"}</div>
        </>
      ),
    },
    {
      key: "about",
      title: "About",
      render: (row) => (
        <>
          <div>{row.impacts.map(impactTitle).join(", ")}</div>
          <div className="quiet small">
            {row.connection_ids.length === 0 ? "all connections" : count(row.connection_ids.length, "connection")}
          </div>
        </>
      ),
    },
    { key: "digest", title: "How often", className: "nowrap", render: (row) => DIGESTS[row.digest].title },
    { key: "told", title: "Last told", className: "nowrap", render: (row) => formatAgo(row.told_at, now) },
    { key: "status", title: "Status", render: (row) => <Status subscriber={row} /> },
    {
      key: "actions",
      title: "Actions",
      isTitleHidden: true,
      className: "actions",
      render: (row) => <MenuButton label={`More actions for ${row.address}`} items={actions(row)} />,
    },
  ];
}

function Status({ subscriber }: { readonly subscriber: Subscriber }) {
  const { title, icon, tone } = SUBSCRIBER_STATUSES[subscriber.status];
  if (subscriber.status !== "active" || subscriber.trouble === "") {
    return (
      <StatusLabel icon={icon} tone={tone}>
        {title}
      </StatusLabel>
    );
  }
  return (
    <>
      <StatusLabel icon="error" tone="error">
        Failing
      </StatusLabel>
      <div className="quiet small break" dir="auto">
        {subscriber.trouble}
      </div>
    </>
  );
}

interface DeedProps {
  readonly api: NotificationsApi;
  readonly doing: Doing;
  readonly onClose: () => void;
  readonly onChanged: () => void;
}

function Deed({ api, doing, onClose, onChanged }: DeedProps) {
  const { deed, subscriber } = doing;
  if (deed === "test") return <TestDialog api={api} subscriber={subscriber} onClose={onClose} onChanged={onChanged} />;
  if (deed === "remove") return <RemoveDialog api={api} subscriber={subscriber} onClose={onClose} onChanged={onChanged} />;
  return <RenewDialog api={api} subscriber={subscriber} onClose={onClose} onChanged={onChanged} />;
}

type SubscriberDialogProps = Omit<DeedProps, "doing"> & { readonly subscriber: Subscriber };

function TestDialog({ api, subscriber, onClose, onChanged }: SubscriberDialogProps) {
  const [trial, setTrial] = useState<Trial | null>(null);
  const test = useAction(async () => {
    setTrial(null);
    setTrial(await api.trySubscriber(subscriber.id));
    onChanged();
  });
  return (
    <Dialog
      title="Send a test"
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Close</Button>
          <Button kind="primary" isBusy={test.isRunning} onClick={test.start}>
            {trial === null ? "Send test" : "Send again"}
          </Button>
        </>
      }
    >
      <p>
        A test goes to <bdi className="break">{subscriber.address}</bdi>.
      </p>
      <div role="status">{trial !== null && <TrialReport trial={trial} success="The test was taken." />}</div>
      {test.error !== null && <Failure error={test.error} />}
    </Dialog>
  );
}

function RemoveDialog({ api, subscriber, onClose, onChanged }: SubscriberDialogProps) {
  const remove = useAction(async () => {
    await api.removeSubscriber(subscriber.id);
    onClose();
    onChanged();
  });
  return (
    <Confirmation
      title="Tell them no more?"
      confirm="Remove"
      isDangerous
      isBusy={remove.isRunning}
      error={remove.error}
      onConfirm={remove.start}
      onCancel={onClose}
    >
      <p>
        <bdi className="break">{subscriber.address}</bdi> is told of no error any more. What was told stays listed.
      </p>
    </Confirmation>
  );
}

function RenewDialog({ api, subscriber, onClose, onChanged }: SubscriberDialogProps) {
  const [secret, setSecret] = useState<string | null>(null);
  const renew = useAction(async () => {
    setSecret(await api.renewSecret(subscriber.id));
    onChanged();
  });
  if (secret !== null) return <SecretDialog secret={secret} onClose={onClose} />;
  return (
    <Confirmation
      title="Make a new secret?"
      confirm="Make new secret"
      isBusy={renew.isRunning}
      error={renew.error}
      onConfirm={renew.start}
      onCancel={onClose}
    >
      <p>Messages are signed with the new one at once. The receiver refuses them until it knows it.</p>
    </Confirmation>
  );
}
