import { useId, useState } from "react";

import { besideFields, fieldMessage } from "../../common/api/api-error";
import type { MailSecurity, MailServerState, NotificationsApi, Trial } from "../../common/api/notifications-api";
import { Button } from "../../shared-ui/components/button";
import { DiscardQuestion } from "../../shared-ui/components/discard-question";
import { Failure } from "../../shared-ui/components/failure";
import { Panel } from "../../shared-ui/components/panel";
import { TextField } from "../../shared-ui/components/text-field";
import { useAction } from "../../shared-ui/hooks/use-action";
import {
  findFlaw,
  formOf,
  isDirty,
  isMailAddress,
  keepsPassword,
  readForm,
  withSecurity,
  type MailServerField,
  type MailServerForm,
} from "./mail-server-form";
import { TrialReport } from "./trial-report";
import { SECURITIES } from "./words";

interface MailServerPanelProps {
  readonly api: NotificationsApi;
  readonly state: MailServerState;
  readonly onClose: () => void;
  readonly onSaved: () => void;
}

/** Host, sender and sign-in of the mail server; it can be tried before it is saved. */
export function MailServerPanel({ api, state, onClose, onSaved }: MailServerPanelProps) {
  const entry = useMailServer(api, state, onSaved);
  const [isAsking, setAsking] = useState(false);
  const { form, test, save, isReady, error } = entry;
  const close = (): void => {
    if (isDirty(form, state.server)) setAsking(true);
    else onClose();
  };
  const unplaced = besideFields(error, [...(Object.keys(form) as MailServerField[]), "recipient"]);
  return (
    <Panel
      title="Mail server"
      onClose={close}
      footer={
        <>
          <Button onClick={close}>Cancel</Button>
          <Button kind="primary" isDisabled={!isReady || test.isRunning} isBusy={save.isRunning} onClick={save.start}>
            Save
          </Button>
        </>
      }
    >
      <div className="stack">
        <MailServerFields form={form} state={state} error={error} onChange={entry.change} />
        <TrialSection entry={entry} />
        {unplaced !== null && <Failure error={unplaced} />}
      </div>
      {isAsking && <DiscardQuestion onKeep={() => setAsking(false)} onDiscard={onClose} />}
    </Panel>
  );
}

/** Sends a test mail with what is entered, and shows step by step what became of it. */
function TrialSection({ entry }: { readonly entry: MailServerEntry }) {
  const [recipient, setRecipient] = useState("");
  const { trial, test, save, isReady, error } = entry;
  return (
    <section className="stack-small" aria-label="Test">
      <TextField
        label="Send a test mail to"
        hint="With what is entered above, saved or not."
        value={recipient}
        maxLength={254}
        onChange={setRecipient}
        error={fieldMessage(error, "recipient")}
      />
      <div>
        <Button
          isDisabled={!isReady || !isMailAddress(recipient) || save.isRunning}
          isBusy={test.isRunning}
          onClick={() => test.start(recipient.trim())}
        >
          Test
        </Button>
      </div>
      <div role="status">
        {test.isRunning && <p className="quiet">This may take a quarter of a minute with a server that is slow.</p>}
        {trial !== null && <TrialReport trial={trial} success="The mail server took the test mail." />}
      </div>
    </section>
  );
}

interface MailServerFieldsProps {
  readonly form: MailServerForm;
  readonly state: MailServerState;
  readonly error: Parameters<typeof fieldMessage>[0];
  readonly onChange: (form: MailServerForm) => void;
}

function MailServerFields({ form, state, error, onChange }: MailServerFieldsProps) {
  const [left, setLeft] = useState<readonly MailServerField[]>([]);
  const keeps = keepsPassword(form, state.server);
  const field = (name: MailServerField, label: string, hint: string, maxLength = 254, isSecret = false) => (
    <TextField
      label={label}
      hint={hint}
      value={form[name]}
      maxLength={maxLength}
      isSecret={isSecret}
      onChange={(text) => onChange({ ...form, [name]: text })}
      onBlur={() => setLeft([...left, name])}
      error={fieldMessage(error, name) ?? (left.includes(name) ? findFlaw(name, form) : null)}
    />
  );
  return (
    <>
      {field("host", "Host", "For example smtp.example.com.", 253)}
      <SecurityField value={form.security} onChange={(security) => onChange(withSecurity(form, security))} />
      {field("port", "Port", "", 5)}
      {field("sender_address", "Sender's address", "Mails come from it; the mail server must allow it.")}
      {field("sender_name", "Sender's name", "Optional.", 100)}
      {field("user", "User", "Leave it empty where nobody has to sign in.")}
      {form.user !== "" &&
        field("password", "Password", keeps ? "Stored; leave it empty to keep it." : "Stored sealed, never shown again.", 500, true)}
    </>
  );
}

interface SecurityFieldProps {
  readonly value: MailSecurity;
  readonly onChange: (security: MailSecurity) => void;
}

function SecurityField({ value, onChange }: SecurityFieldProps) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>Security</label>
      <select
        id={id}
        className="input"
        value={value}
        onChange={(event) => onChange(event.target.value as MailSecurity)}
      >
        {Object.entries(SECURITIES).map(([security, title]) => (
          <option key={security} value={security}>
            {title}
          </option>
        ))}
      </select>
    </div>
  );
}

type MailServerEntry = ReturnType<typeof useMailServer>;

function useMailServer(api: NotificationsApi, state: MailServerState, onSaved: () => void) {
  const [form, setForm] = useState(() => formOf(state.server));
  const [trial, setTrial] = useState<Trial | null>(null);
  const server = readForm(form, state.server);
  const test = useAction(async (recipient: string) => {
    setTrial(null);
    if (server !== null) setTrial(await api.tryMailServer(server, recipient));
  });
  const save = useAction(async () => {
    if (server === null) return;
    await api.saveMailServer(server, state.revision);
    onSaved();
  });
  const change = (next: MailServerForm): void => {
    test.forgetError();
    save.forgetError();
    setTrial(null);
    setForm(next);
  };
  return { form, trial, test, save, change, isReady: server !== null, error: save.error ?? test.error };
}
