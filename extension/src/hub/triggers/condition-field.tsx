import { useId } from "react";

import { FieldError } from "../../shared-ui/components/field-error";

interface ConditionFieldProps {
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly error: string | null;
}

/** The WHERE part of WIQL. */
export function ConditionField({ value, onChange, error }: ConditionFieldProps) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>If</label>
      <textarea
        id={id}
        className="input condition"
        rows={5}
        dir="ltr"
        spellCheck={false}
        autoComplete="off"
        autoCapitalize="off"
        placeholder="[System.Tags] CONTAINS 'partner'"
        value={value}
        aria-invalid={error !== null}
        aria-describedby={`${id}-hint ${id}-error`}
        data-takes-focus=""
        onChange={(event) => onChange(event.target.value)}
      />
      <p id={`${id}-hint`} className="quiet small">
        What stands after WHERE in a work item query (WIQL), without ORDER BY. The project of the connection is added by
        itself.
      </p>
      <FieldError id={`${id}-error`} message={error} />
    </div>
  );
}
