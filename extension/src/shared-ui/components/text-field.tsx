import { useId, type ReactNode } from "react";

import { FieldError } from "./field-error";

interface TextFieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly onBlur?: () => void;
  readonly onSubmit?: () => void;
  readonly hint?: ReactNode;
  readonly error?: string | null;
  readonly placeholder?: string;
  readonly rows?: number;
  readonly isSecret?: boolean;
  readonly isDisabled?: boolean;
  readonly takesFocus?: boolean;
  readonly maxLength?: number;
}

export function TextField(props: TextFieldProps) {
  const id = useId();
  const error = props.error ?? null;
  const shared = {
    id,
    className: "input",
    value: props.value,
    dir: "auto" as const,
    placeholder: props.placeholder,
    maxLength: props.maxLength,
    disabled: props.isDisabled,
    spellCheck: false,
    autoComplete: "off",
    "aria-invalid": error !== null,
    "aria-describedby": `${id}-hint ${id}-error`,
    "data-takes-focus": props.takesFocus === true ? "" : undefined,
    onBlur: props.onBlur,
  };
  return (
    <div className="field">
      <label htmlFor={id}>{props.label}</label>
      {props.rows === undefined ? (
        <input
          {...shared}
          type={props.isSecret === true ? "password" : "text"}
          onChange={(event) => props.onChange(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === "Enter" && !event.nativeEvent.isComposing) props.onSubmit?.();
          }}
        />
      ) : (
        <textarea {...shared} rows={props.rows} onChange={(event) => props.onChange(event.target.value)} />
      )}
      <div id={`${id}-hint`} className="quiet small break">
        {props.hint}
      </div>
      <FieldError id={`${id}-error`} message={error} />
    </div>
  );
}
