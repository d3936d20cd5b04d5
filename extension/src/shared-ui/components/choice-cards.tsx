import { useId } from "react";

export interface Choice<Value extends string> {
  readonly value: Value;
  readonly title: string;
  readonly text: string;
  /** Why it can't be chosen. */
  readonly obstacle?: string | undefined;
}

interface ChoiceCardsProps<Value extends string> {
  readonly legend: string;
  readonly choices: readonly Choice<Value>[];
  readonly value: Value | null;
  readonly onChange: (value: Value) => void;
}

/** One of a few, each with its explanation; what can't be chosen says why. */
export function ChoiceCards<Value extends string>({ legend, choices, value, onChange }: ChoiceCardsProps<Value>) {
  const name = useId();
  return (
    <fieldset>
      <legend className="label" style={{ padding: 0, marginBottom: 8 }}>
        {legend}
      </legend>
      <div className="choices">
        {choices.map((choice) => (
          <label
            key={choice.value}
            className={`choice ${choice.value === value ? "chosen" : ""} ${choice.obstacle === undefined ? "" : "off"}`}
          >
            <input
              type="radio"
              name={name}
              value={choice.value}
              checked={choice.value === value}
              disabled={choice.obstacle !== undefined}
              aria-describedby={`${name}-${choice.value}`}
              aria-label={choice.title}
              onChange={() => onChange(choice.value)}
            />
            <span>
              <span className="choice-title">{choice.title}</span>
              <span id={`${name}-${choice.value}`} className="quiet">
                {choice.text}
                {choice.obstacle !== undefined && ` ${choice.obstacle}`}
              </span>
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
