import type { ReactNode } from "react";

import type { ApiError } from "../../common/api/api-error";
import { errorText } from "../../common/api/error-texts";
import { Button } from "./button";
import { Message } from "./message";

interface FailureProps {
  readonly error: ApiError;
  readonly onRetry?: (() => void) | undefined;
  readonly children?: ReactNode;
}

/** What went wrong, why, and what to do next; with the number to report it by where the node gave one. */
export function Failure({ error, onRetry, children }: FailureProps) {
  const { title, next, showsDetail } = errorText(error.code);
  const { detail, correlationId } = error.problem;
  return (
    <Message kind="error">
      <strong>{title}</strong>
      {showsDetail && detail !== "" && <p dir="auto">{detail}</p>}
      {next !== "" && <p>{next}</p>}
      {correlationId !== null && <p className="quiet small">Number for a report: {correlationId}</p>}
      {(onRetry !== undefined || children !== undefined) && (
        <div className="row">
          {onRetry !== undefined && <Button onClick={onRetry}>Retry</Button>}
          {children}
        </div>
      )}
    </Message>
  );
}
