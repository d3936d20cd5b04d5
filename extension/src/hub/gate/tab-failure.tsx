import type { ApiError } from "../../common/api/api-error";
import { Failure } from "../../shared-ui/components/failure";
import { NoPermission } from "./no-permission";

interface TabFailureProps {
  readonly error: ApiError;
  readonly organizationName: string;
  readonly onRetry: () => void;
}

/** A tab that can't show its content: a right was lost, or something failed. */
export function TabFailure({ error, organizationName, onRetry }: TabFailureProps) {
  if (error.code === "administrator_required") return <NoPermission error={error} organizationName={organizationName} />;
  return <Failure error={error} onRetry={onRetry} />;
}
