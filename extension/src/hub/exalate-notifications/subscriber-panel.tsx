import { useCallback, useState } from "react";

import { besideFields, fieldMessage, type ApiError } from "../../common/api/api-error";
import type { ChannelKind, Digest, NewSubscriber, NotificationsApi, Subscriber } from "../../common/api/notifications-api";
import type { Connection } from "../../common/api/types";
import { Button } from "../../shared-ui/components/button";
import { CheckBox } from "../../shared-ui/components/check-box";
import { ChoiceCards } from "../../shared-ui/components/choice-cards";
import { DiscardQuestion } from "../../shared-ui/components/discard-question";
import { Failure } from "../../shared-ui/components/failure";
import { Message } from "../../shared-ui/components/message";
import { Panel } from "../../shared-ui/components/panel";
import { Skeleton } from "../../shared-ui/components/skeleton";
import { TextField } from "../../shared-ui/components/text-field";
import { useAction } from "../../shared-ui/hooks/use-action";
import { useLive } from "../../shared-ui/hooks/use-live";
import { useHub } from "../hub-context";
import { changesOf, findAddressFlaw, formOf, isDirty, readForm, toggled, type SubscriberForm } from "./subscriber-form";
import { DIGESTS, IMPACTS } from "./words";

interface SubscriberPanelProps {
  readonly api: NotificationsApi;
  /** Null for somebody new. */
  readonly subscriber: Subscriber | null;
  readonly hasMailServer: boolean;
  readonly onClose: () => void;
  readonly onSaved: (added: NewSubscriber | null) => void;
}

/** Who is told, about what, how often. */
export function SubscriberPanel({ api, subscriber, hasMailServer, onClose, onSaved }: SubscriberPanelProps) {
  // What was opened is what is edited, whatever the list behind it shows by now.
  const [seen] = useState(subscriber);
  const [form, setForm] = useState(() => formOf(seen));
  const [isAsking, setAsking] = useState(false);
  const wish = readForm(form);
  const save = useAction(async () => {
    if (wish === null) return;
    if (seen === null) {
      onSaved(await api.addSubscriber(wish));
      return;
    }
    await api.changeSubscriber(seen, changesOf(wish, seen));
    onSaved(null);
  });
  const close = (): void => {
    if (isDirty(form, seen)) setAsking(true);
    else onClose();
  };
  const unplaced = addressMessage(save.error) === null ? besideFields(save.error, ["impacts"]) : null;
  return (
    <Panel
      title={seen === null ? "Add somebody who is told" : "Change who is told"}
      onClose={close}
      footer={
        <>
          <Button onClick={close}>Cancel</Button>
          <Button kind="primary" isDisabled={wish === null} isBusy={save.isRunning} onClick={save.start}>
            {seen === null ? "Add" : "Save"}
          </Button>
        </>
      }
    >
      <div className="stack">
        <Fields
          form={form}
          isNew={seen === null}
          error={save.error}
          hasMailServer={hasMailServer}
          onChange={(next) => {
            save.forgetError();
            setForm(next);
          }}
        />
        {unplaced !== null && <Failure error={unplaced} />}
      </div>
      {isAsking && <DiscardQuestion onKeep={() => setAsking(false)} onDiscard={onClose} />}
    </Panel>
  );
}

interface FieldsProps {
  readonly form: SubscriberForm;
  readonly isNew: boolean;
  readonly error: ApiError | null;
  readonly hasMailServer: boolean;
  readonly onChange: (form: SubscriberForm) => void;
}

function Fields({ form, isNew, error, hasMailServer, onChange }: FieldsProps) {
  const [isLeft, setLeft] = useState(false);
  const isMail = form.kind === "email";
  return (
    <>
      {isNew && (
        <ChoiceCards<ChannelKind>
          legend="How"
          value={form.kind}
          onChange={(kind) => onChange({ ...form, kind })}
          choices={[
            { value: "email", title: "E-mail", text: "To one address, with a link to unsubscribe." },
            { value: "webhook", title: "Webhook", text: "A signed message to a program, as Standard Webhooks has it." },
          ]}
        />
      )}
      {isMail && !hasMailServer && (
        <Message kind="warning">Without a mail server, mails wait. Configure one first or afterwards.</Message>
      )}
      <TextField
        label={isMail ? "E-mail address" : "Address of the webhook"}
        hint={isMail ? "For a team, use the address of a mailing list." : "It begins with https:// and leads to no private network."}
        value={form.address}
        maxLength={isMail ? 254 : 500}
        onChange={(address) => onChange({ ...form, address })}
        onBlur={() => setLeft(true)}
        error={addressMessage(error) ?? (isLeft ? findAddressFlaw(form) : null)}
      />
      <ImpactFields form={form} onChange={onChange} />
      <ConnectionFields form={form} onChange={onChange} />
      <ChoiceCards<Digest>
        legend="How often"
        value={form.digest}
        onChange={(digest) => onChange({ ...form, digest })}
        choices={Object.entries(DIGESTS).map(([value, { title, hint }]) => ({ value: value as Digest, title, text: hint }))}
      />
    </>
  );
}

interface PartProps {
  readonly form: SubscriberForm;
  readonly onChange: (form: SubscriberForm) => void;
}

function ImpactFields({ form, onChange }: PartProps) {
  const order = Object.keys(IMPACTS);
  return (
    <fieldset className="stack-small notification-choices">
      <legend className="label">About errors of</legend>
      {Object.entries(IMPACTS).map(([impact, { title, hint }]) => (
        <CheckBox
          key={impact}
          label={title}
          hint={hint}
          isChecked={form.impacts.includes(impact)}
          onChange={(isIn) => onChange({ ...form, impacts: toggled(form.impacts, impact, isIn, order) })}
        />
      ))}
      {form.impacts.length === 0 && <p className="quiet small">Choose at least one.</p>}
    </fieldset>
  );
}

function ConnectionFields({ form, onChange }: PartProps) {
  return (
    <fieldset className="stack-small notification-choices">
      <legend className="label">Of connections</legend>
      <CheckBox
        label="Only some connections"
        hint="Errors of the node itself are then not told."
        isChecked={form.isLimited}
        onChange={(isLimited) => onChange({ ...form, isLimited })}
      />
      {form.isLimited && <ConnectionList form={form} onChange={onChange} />}
    </fieldset>
  );
}

function ConnectionList({ form, onChange }: PartProps) {
  const { api } = useHub();
  const load = useCallback((signal: AbortSignal) => api.listConnections(signal), [api]);
  const { value, error, reload } = useLive<readonly Connection[]>(load, null);
  if (error !== null) return <Failure error={error} onRetry={reload} />;
  if (value === null) return <Skeleton lines={3} label="Loading the connections" />;
  if (value.length === 0) return <p className="quiet">There is no connection yet.</p>;
  const order = value.map(({ id }) => id);
  return (
    <div className="connection-choice stack-small">
      {value.map(({ id, name }) => (
        <CheckBox
          key={id}
          label={<bdi>{name}</bdi>}
          isChecked={form.connection_ids.includes(id)}
          onChange={(isIn) => onChange({ ...form, connection_ids: toggled(form.connection_ids, id, isIn, order) })}
        />
      ))}
    </div>
  );
}

/** What the node says about the address, whichever way it says it. */
function addressMessage(error: ApiError | null): string | null {
  if (error?.code === "url_refused" || error?.code === "state") return error.problem.detail;
  if (error?.code === "validation" && error.problem.fieldErrors.length === 0) return error.problem.detail;
  return fieldMessage(error, "address");
}
