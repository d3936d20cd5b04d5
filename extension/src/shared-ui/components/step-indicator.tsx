import { Icon } from "./icon";

/** Where a wizard is. */
export function StepIndicator({ steps, current }: { readonly steps: readonly string[]; readonly current: number }) {
  return (
    <ol className="steps" aria-label="Steps">
      {steps.map((step, index) => (
        <li key={step} aria-current={index === current ? "step" : undefined}>
          <span className="step-number">{index < current ? <Icon name="check" /> : index + 1}</span>
          {step}
          {index < current && <span className="only-read">(done)</span>}
        </li>
      ))}
    </ol>
  );
}
