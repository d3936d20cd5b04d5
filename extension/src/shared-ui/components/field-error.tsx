import { Icon } from "./icon";

/** What is wrong with one field, beside it; read out when it appears. */
export function FieldError({ id, message }: { readonly id: string; readonly message: string | null }) {
  return (
    <div id={id} role="alert">
      {message !== null && (
        <div className="field-error">
          <Icon name="error" />
          <span className="break">{message}</span>
        </div>
      )}
    </div>
  );
}
