import { useId } from "react";

export interface Choice {
  readonly value: string;
  readonly title: string;
}

interface SelectFieldProps {
  readonly label: string;
  readonly value: string;
  readonly choices: readonly Choice[];
  readonly onChange: (value: string) => void;
  readonly isDisabled?: boolean;
}

/** One of a few. */
export function SelectField({ label, value, choices, onChange, isDisabled = false }: SelectFieldProps) {
  const id = useId();
  return (
    <span className="filter-status">
      <label htmlFor={id}>{label}</label>
      <select
        id={id}
        className="input"
        value={value}
        disabled={isDisabled}
        onChange={(event) => onChange(event.target.value)}
      >
        {choices.map((choice) => (
          <option key={choice.value} value={choice.value}>
            {choice.title}
          </option>
        ))}
      </select>
    </span>
  );
}
