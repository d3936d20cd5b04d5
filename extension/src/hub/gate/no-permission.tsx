import type { ApiError } from "../../common/api/api-error";
import { EmptyState } from "../../shared-ui/components/empty-state";

const RIGHT = "Edit collection-level information";
const GRANTOR = "A Project Collection Administrator or the owner of the organization";

interface NoPermissionProps {
  readonly error: ApiError;
  readonly organizationName: string;
}

/** For a person who may not administer: which right is missing and who can give it. */
export function NoPermission({ error, organizationName }: NoPermissionProps) {
  const { right, grantor, detail } = error.problem;
  return (
    <div className="card">
      <EmptyState title="You can't use this page.">
        <p>
          It needs the right <strong>{right ?? RIGHT}</strong> on <bdi>{organizationName}</bdi>, which you don't have.
        </p>
        <p>
          {grantor ?? GRANTOR} can give it to you: Organization settings (Collection settings on a server) › Permissions ›
          Project Collection Administrators.
        </p>
        {detail !== "" && (
          <p className="quiet small" dir="auto">
            {detail}
          </p>
        )}
      </EmptyState>
    </div>
  );
}
