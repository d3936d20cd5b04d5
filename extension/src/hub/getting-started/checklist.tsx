import { useState } from "react";

import type { GettingStartedStep, StepKey } from "../../common/api/types";
import { Button } from "../../shared-ui/components/button";
import { Icon } from "../../shared-ui/components/icon";
import { StatusLabel } from "../../shared-ui/components/status-label";
import { useHub } from "../hub-context";

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

/** What there is to do, ticked off as it is done; once all is, one line that can be opened. */
export function Checklist({ steps }: { readonly steps: readonly GettingStartedStep[] }) {
  const { go } = useHub();
  const [isOpen, setOpen] = useState(false);
  const next = steps.find((step) => !step.is_done);
  const isOver = next === undefined;
  return (
    <section className="card stack" aria-label="Steps to get started">
      {isOver ? (
        <div className="card-head">
          <StatusLabel icon="success" tone="success">
            Everything is set up
          </StatusLabel>
          <Button kind="link" isExpanded={isOpen} onClick={() => setOpen(!isOpen)}>
            {isOpen ? "Hide the steps" : "Show the steps"}
          </Button>
        </div>
      ) : (
        <p>Keep work items in sync with another organization. These are the steps; they are ticked off as you go.</p>
      )}
      {(!isOver || isOpen) && (
        <ol className="checklist" aria-label="Steps">
          {steps.map((step) => (
            <StepLine key={step.key} step={step} isNext={step === next} />
          ))}
        </ol>
      )}
      {(!isOver || isOpen) && (
        <div className="row">
          <Button kind="primary" onClick={() => go("connections/initiate")}>
            Initiate connection
          </Button>
          <Button onClick={() => go("connections/accept")}>Accept invitation</Button>
        </div>
      )}
    </section>
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
