import { useReducer, useState } from "react";

import { useAction, type Action } from "../../shared-ui/hooks/use-action";
import { Button } from "../../shared-ui/components/button";
import { DiscardQuestion } from "../../shared-ui/components/discard-question";
import { Panel } from "../../shared-ui/components/panel";
import { StepIndicator } from "../../shared-ui/components/step-indicator";
import { useHub } from "../hub-context";
import { AccessStep } from "./access-step";
import { CodeStep } from "./code-step";
import { DestinationStep } from "./destination-step";
import {
  beginInitiation,
  changeInitiation,
  isComplete,
  isWorthAsking,
  requestOf,
  stepsOf,
  type Change,
  type Initiation,
  type Step,
} from "./initiation";
import { ProjectStep } from "./project-step";
import { SummaryStep } from "./summary-step";
import { UncallableNode } from "./uncallable-node";

const STEP_NAMES: Readonly<Record<Step, string>> = {
  destination: "Destination",
  project: "Project",
  access: "Admin access",
  summary: "Summary",
  done: "Invitation code",
};

interface InitiateWizardProps {
  readonly onClose: () => void;
  readonly onChanged: () => void;
}

/** Initiating a connection, step by step. */
export function InitiateWizard({ onClose, onChanged }: InitiateWizardProps) {
  const { node, contributionId } = useHub();
  const [state, dispatch] = useReducer(reduce, newKey, beginInitiation);
  const [isAsking, setAsking] = useState(false);
  const [attempt, next] = useNext(state, dispatch, onChanged);
  const close = (): void => {
    if (isWorthAsking(state)) setAsking(true);
    else onClose();
  };
  if (node.url === "") return <UncallableNode onClose={onClose} />;
  const steps = stepsOf(state);
  return (
    <Panel
      title="Initiate connection"
      step={state.step}
      onClose={close}
      footer={
        <WizardButtons state={state} isReady={isComplete(state, contributionId)} {...{ attempt, next, dispatch, onClose }} />
      }
    >
      <StepIndicator steps={steps.map((step) => STEP_NAMES[step])} current={steps.indexOf(state.step)} />
      <StepContent key={state.step} {...{ state, dispatch, attempt, next }} />
      {isAsking && <DiscardQuestion onKeep={() => setAsking(false)} onDiscard={onClose} />}
    </Panel>
  );
}

function reduce(state: Initiation, change: Change): Initiation {
  return changeInitiation(state, change, newKey);
}

/** Random enough for one page; `crypto.randomUUID` is missing where the page is not served over https. */
function newKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** What Next does: the first step asks the node about the URL, the last one makes the connection. */
function useNext(
  state: Initiation,
  dispatch: (change: Change) => void,
  onChanged: () => void,
): readonly [Action<readonly []>, () => void] {
  const { api } = useHub();
  const attempt = useAction(async () => {
    if (state.step === "summary") {
      const result = await api.initiate(requestOf(state), state.key);
      onChanged();
      dispatch({ kind: "initiated", result });
    } else if (state.step === "destination" && state.hasUrl && state.check === null) {
      dispatch({ kind: "checked", check: await api.checkDestination(state.url.trim()) });
    } else dispatch({ kind: "next" });
  });
  return [attempt, attempt.start];
}

interface StepContentProps {
  readonly state: Initiation;
  readonly dispatch: (change: Change) => void;
  readonly attempt: Action<readonly []>;
  readonly next: () => void;
}

function StepContent({ state, dispatch, attempt, next }: StepContentProps) {
  const change = (made: Change): void => {
    attempt.forgetError();
    dispatch(made);
  };
  const shared = { state, change };
  switch (state.step) {
    case "destination":
      return <DestinationStep {...shared} error={attempt.error} isChecking={attempt.isRunning} onSubmit={next} />;
    case "project":
      return <ProjectStep value={state.project} onChange={(project) => change({ kind: "project", project })} />;
    case "access":
      return <AccessStep {...shared} />;
    case "summary":
      return <SummaryStep state={state} error={attempt.error} onRetry={next} />;
    case "done":
      return <CodeStep state={state} />;
  }
}

interface WizardButtonsProps extends StepContentProps {
  readonly isReady: boolean;
  readonly onClose: () => void;
}

function WizardButtons({ state, isReady, attempt, next, dispatch, onClose }: WizardButtonsProps) {
  if (state.step === "done") {
    return (
      <Button kind="primary" onClick={onClose}>
        Done
      </Button>
    );
  }
  const back = (): void => {
    attempt.forgetError();
    dispatch({ kind: "back" });
  };
  return (
    <>
      {state.step !== "destination" && (
        <Button onClick={back} isDisabled={attempt.isRunning}>
          Back
        </Button>
      )}
      <Button kind="primary" onClick={next} isDisabled={!isReady} isBusy={attempt.isRunning}>
        {state.step === "summary" ? "Initiate" : "Next"}
      </Button>
    </>
  );
}
