import type { ApiError } from "../../common/api/api-error";
import { Failure } from "./failure";

interface OutOfDateProps {
  readonly error: ApiError | null;
  readonly onRetry: () => void;
}

/** Reading again failed: what is shown stays, and a person is told that it may be old. */
export function OutOfDate({ error, onRetry }: OutOfDateProps) {
  if (error === null) return null;
  return (
    <Failure error={error} onRetry={onRetry}>
      <span>What you see may be out of date. It is tried again by itself.</span>
    </Failure>
  );
}
