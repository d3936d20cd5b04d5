import { useReducer, useState } from "react";

import { recognizeCode } from "../../common/invitation-code";
import { Button } from "../../shared-ui/components/button";
import { DiscardQuestion } from "../../shared-ui/components/discard-question";
import { Panel } from "../../shared-ui/components/panel";
import { StepIndicator } from "../../shared-ui/components/step-indicator";
import { useAction, type Action } from "../../shared-ui/hooks/use-action";
import { useNow } from "../../shared-ui/hooks/use-now";
import { useHub } from "../hub-context";
import { BEGIN, changeAcceptance, isWorthAsking, STEPS, type Acceptance, type Change, type Step } from "./acceptance";
import { AcceptedStep } from "./accepted-step";
import { CodeStep } from "./code-step";
import { OfferStep } from "./offer-step";

const STEP_NAMES: Readonly<Record<Step, string>> = {
  code: "Invitation code",
  project: "Confirm",
  done: "First sync",
};

interface AcceptWizardProps {
  readonly onClose: () => void;
  readonly onChanged: () => void;
}

/** Accepting a partner's invitation, step by step. */
export function AcceptWizard({ onClose, onChanged }: AcceptWizardProps) {
  const [state, dispatch] = useReducer(changeAcceptance, BEGIN);
  const [isAsking, setAsking] = useState(false);
  const attempt = useNext(state, dispatch, onChanged);
  const close = (): void => {
    if (isWorthAsking(state)) setAsking(true);
    else onClose();
  };
  const change = (made: Change): void => {
    attempt.forgetError();
    dispatch(made);
  };
  return (
    <Panel
      title="Accept invitation"
      step={state.step}
      onClose={close}
      footer={<WizardButtons state={state} attempt={attempt} change={change} onClose={onClose} />}
    >
      <StepIndicator steps={STEPS.map((step) => STEP_NAMES[step])} current={STEPS.indexOf(state.step)} />
      {state.step === "code" && <CodeStep state={state} change={change} error={attempt.error} onRetry={attempt.start} />}
      {state.step === "project" && (
        <OfferStep state={state} change={change} error={attempt.error} onRetry={attempt.start} />
      )}
      {state.step === "done" && state.connection !== null && (
        <AcceptedStep connection={state.connection} offer={state.offer} />
      )}
      {isAsking && <DiscardQuestion onKeep={() => setAsking(false)} onDiscard={onClose} />}
    </Panel>
  );
}

/** What Next and Confirm do: let the node read the code, then accept it. */
function useNext(state: Acceptance, dispatch: (change: Change) => void, onChanged: () => void): Action<readonly []> {
  const { api, organization } = useHub();
  return useAction(async () => {
    const found = recognizeCode(state.text, organization.id, Date.now());
    if (found.kind !== "plausible") return;
    if (state.step === "code" && state.offer !== null) dispatch({ kind: "next" });
    else if (state.step === "code") dispatch({ kind: "inspected", offer: await api.inspectInvitation(found.code) });
    else {
      const connection = await api.acceptInvitation(found.code, state.project);
      onChanged();
      dispatch({ kind: "accepted", connection });
    }
  });
}

interface WizardButtonsProps {
  readonly state: Acceptance;
  readonly attempt: Action<readonly []>;
  readonly change: (change: Change) => void;
  readonly onClose: () => void;
}

function WizardButtons({ state, attempt, change, onClose }: WizardButtonsProps) {
  const { organization } = useHub();
  const now = useNow();
  if (state.step === "done") {
    return (
      <Button kind="primary" onClick={onClose}>
        Done
      </Button>
    );
  }
  if (state.step === "code") {
    const isPlausible = recognizeCode(state.text, organization.id, now).kind === "plausible";
    return (
      <Button kind="primary" isDisabled={!isPlausible} isBusy={attempt.isRunning} onClick={attempt.start}>
        Next
      </Button>
    );
  }
  return (
    <>
      <Button isDisabled={attempt.isRunning} onClick={() => change({ kind: "back" })}>
        Back
      </Button>
      <Button kind="primary" isDisabled={state.project === ""} isBusy={attempt.isRunning} onClick={attempt.start}>
        Confirm
      </Button>
    </>
  );
}
