import type { Trial, TrialStep } from "../../common/api/notifications-api";
import { Icon, type IconName } from "../../shared-ui/components/icon";
import { Message } from "../../shared-ui/components/message";
import { stepTitle } from "./words";

const OUTCOMES: Readonly<Record<TrialStep["outcome"], { icon: IconName; tone: string; word: string }>> = {
  passed: { icon: "success", tone: "success", word: "Done:" },
  failed: { icon: "error", tone: "error", word: "Failed:" },
  skipped: { icon: "more", tone: "neutral", word: "Not done:" },
};

/** What a test showed, step by step; what failed says why. */
export function TrialReport({ trial, success }: { readonly trial: Trial; readonly success: string }) {
  return (
    <Message kind={trial.is_delivered ? "success" : "error"} isAnnounced={false}>
      <strong>{trial.is_delivered ? success : "The test did not arrive."}</strong>
      <ol className="stack-small trial-steps" aria-label="Steps of the test">
        {trial.steps.map((step) => (
          <Step key={step.step} step={step} />
        ))}
      </ol>
    </Message>
  );
}

function Step({ step }: { readonly step: TrialStep }) {
  const { icon, tone, word } = OUTCOMES[step.outcome];
  return (
    <li className={`status ${tone}`}>
      <Icon name={icon} />
      <span>
        <span className="only-read">{word}</span> {stepTitle(step.step)}
        {step.detail !== "" && (
          <span className="trial-detail break" dir="auto">
            {step.detail}
          </span>
        )}
      </span>
    </li>
  );
}
