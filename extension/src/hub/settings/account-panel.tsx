import { useState } from "react";

import { besideFields } from "../../common/api/api-error";
import type { Organization, RightsReport } from "../../common/api/types";
import { Button } from "../../shared-ui/components/button";
import { DiscardQuestion } from "../../shared-ui/components/discard-question";
import { Failure } from "../../shared-ui/components/failure";
import { Message } from "../../shared-ui/components/message";
import { Panel } from "../../shared-ui/components/panel";
import { useAction } from "../../shared-ui/hooks/use-action";
import { useHub } from "../hub-context";
import { CredentialFields } from "./credential-fields";
import { EMPTY_FORM, findEntryFlaw, isFormDirty, readCredential, textsOf, type CredentialForm } from "./credential-form";
import { RightsList } from "./rights-list";

interface AccountPanelProps {
  readonly organization: Organization;
  readonly onClose: () => void;
  readonly onSaved: (organization: Organization) => void;
}

/** Another account for the node: try it, then save it. */
export function AccountPanel({ organization, onClose, onSaved }: AccountPanelProps) {
  const account = useNewAccount(onSaved);
  const [isAsking, setAsking] = useState(false);
  const { form, report, test, save, isReady } = account;
  const close = (): void => {
    if (isFormDirty(form)) setAsking(true);
    else onClose();
  };
  const error = save.error ?? test.error;
  const unplaced = besideFields(error, textsOf(form.kind));
  return (
    <Panel
      title="Configure the account"
      onClose={close}
      footer={
        <>
          <Button onClick={close}>Cancel</Button>
          <Button isDisabled={!isReady || save.isRunning} isBusy={test.isRunning} onClick={test.start}>
            Test
          </Button>
          <Button kind="primary" isDisabled={!isReady || test.isRunning} isBusy={save.isRunning} onClick={save.start}>
            Save
          </Button>
        </>
      }
    >
      <div className="stack">
        <CredentialFields form={form} isServer={organization.kind === "server"} error={error} onChange={account.change} />
        {unplaced !== null && <Failure error={unplaced} />}
        <div role="status">{report !== null && <TestReport report={report} />}</div>
      </div>
      {isAsking && <DiscardQuestion onKeep={() => setAsking(false)} onDiscard={onClose} />}
    </Panel>
  );
}

function TestReport({ report }: { readonly report: RightsReport }) {
  const isComplete = report.items.every((right) => right.is_granted);
  return (
    <Message kind={isComplete ? "success" : "warning"} isAnnounced={false}>
      <p>
        It works as <strong dir="auto">{report.identity}</strong>
        {isComplete ? " and may do all it needs." : ", but something is missing:"}
      </p>
      <RightsList rights={report.items} />
    </Message>
  );
}

function useNewAccount(onSaved: (organization: Organization) => void) {
  const { api } = useHub();
  const [form, setForm] = useState<CredentialForm>(EMPTY_FORM);
  const [report, setReport] = useState<RightsReport | null>(null);
  const credential = readCredential(form);
  const isReady = credential !== null && textsOf(form.kind).every((name) => findEntryFlaw(name, form[name]) === null);
  const test = useAction(async () => {
    setReport(null);
    if (credential !== null) setReport(await api.testCredential(credential));
  });
  const save = useAction(async () => {
    if (credential !== null) onSaved(await api.saveCredential(credential));
  });
  const change = (next: CredentialForm): void => {
    test.forgetError();
    save.forgetError();
    setReport(null);
    setForm(next);
  };
  return { form, report, test, save, isReady, change };
}
