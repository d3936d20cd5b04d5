import { useCallback } from "react";

import type { GettingStartedStep, StepKey } from "../../common/api/types";
import { Button } from "../../shared-ui/components/button";
import { Failure } from "../../shared-ui/components/failure";
import { Icon } from "../../shared-ui/components/icon";
import { Skeleton } from "../../shared-ui/components/skeleton";
import { useLive } from "../../shared-ui/hooks/use-live";
import { TabFailure } from "../gate/tab-failure";
import { useHub } from "../hub-context";

const POLL_MILLISECONDS = 5_000;

interface StepText {
  readonly title: string;
  readonly text: string;
  readonly link: string;
  readonly hash: string;
}

const STEPS: Readonly<Record<StepKey, StepText>> = {
  credential: {
    title: "Give the node an account",
    text: "The account that reads and writes work items in your organization.",
    link: "Open General Settings",
    hash: "general-settings",
  },
  connection: {
    title: "Create a connection",
    text: "Initiate one, or accept the invitation of a partner.",
    link: "Open Connections",
    hash: "connections",
  },
  accepted: {
    title: "The invitation is accepted",
    text: "Both sides know each other and exchange messages.",
    link: "Open Connections",
    hash: "connections",
  },
  first_work_item: {
    title: "Synchronize a first work item",
    text: "Put one work item under sync and watch it arrive on the other side.",
    link: "Open Connections",
    hash: "connections",
  },
  trigger: {
    title: "Automate the sync by a trigger",
    text: "Work items that match come under sync by themselves.",
    link: "Open Triggers",
    hash: "triggers",
  },
};

/** A check list with its live state. */
export function GettingStartedTab() {
  const { api, organization, go } = useHub();
  const load = useCallback((signal: AbortSignal) => api.listSteps(signal), [api]);
  const { value, error, reload } = useLive(load, POLL_MILLISECONDS);
  if (value === null) {
    return error === null ? (
      <div className="card">
        <Skeleton lines={8} label="Loading the steps" />
      </div>
    ) : (
      <TabFailure error={error} organizationName={organization.name} onRetry={reload} />
    );
  }
  const next = value.find((step) => !step.is_done);
  return (
    <div className="stack">
      {error !== null && <Failure error={error} onRetry={reload} />}
      <section className="card stack">
        <p>Keep work items in sync with another organization. These are the steps; they are ticked off as you go.</p>
        <ol className="checklist" aria-label="Steps">
          {value.map((step) => (
            <StepLine key={step.key} step={step} isNext={step === next} />
          ))}
        </ol>
        <div className="row">
          <Button kind="primary" onClick={() => go("connections/initiate")}>
            Initiate connection
          </Button>
          <Button onClick={() => go("connections/accept")}>Accept invitation</Button>
        </div>
      </section>
    </div>
  );
}

function StepLine({ step, isNext }: { readonly step: GettingStartedStep; readonly isNext: boolean }) {
  const { go } = useHub();
  const { title, text, link, hash } = STEPS[step.key];
  return (
    <li className="checklist-line" aria-current={isNext ? "step" : undefined}>
      <span className={`status ${step.is_done ? "success" : ""}`}>
        <Icon name={step.is_done ? "success" : "clock"} />
        <span className="only-read">{step.is_done ? "Done:" : "Not done yet:"}</span>
      </span>
      <div className="checklist-text">
        <h2 className="minor">{title}</h2>
        <p className="quiet" dir="auto">
          {step.detail === "" ? text : step.detail}
        </p>
      </div>
      <Button kind="link" onClick={() => go(hash)}>
        {link}
      </Button>
    </li>
  );
}
