import type { Twin } from "../../common/api/types";
import { errorText } from "../../common/api/error-texts";
import { ExternalLink } from "../../shared-ui/components/external-link";
import { Message } from "../../shared-ui/components/message";
import { StatusLabel } from "../../shared-ui/components/status-label";
import { describeTwin } from "../../shared-ui/twin-status";

/** How a work item is doing, with links to both sides once they are there. */
export function TwinProgress({ twin }: { readonly twin: Twin }) {
  const { word, icon, tone } = describeTwin(twin);
  return (
    <div className="stack-small">
      <StatusLabel icon={icon} tone={tone}>
        {word}
      </StatusLabel>
      {twin.errors.map((error) => (
        <Message key={error.id} kind={error.is_transient ? "warning" : "error"}>
          <strong>{errorText(error.code).title}</strong>
          <p dir="auto">{error.message}</p>
          {error.is_transient && <p>It is tried again by itself.</p>}
        </Message>
      ))}
      {twin.local !== null && (
        <div>
          Here: <ExternalLink url={twin.local.url}>{nameOf(twin.local)}</ExternalLink>
        </div>
      )}
      {twin.remote !== null && (
        <div>
          <bdi>{twin.remote.organization_name}</bdi>: <ExternalLink url={twin.remote.url}>{twin.remote.id}</ExternalLink>
        </div>
      )}
    </div>
  );
}

function nameOf({ id, title }: { readonly id: string; readonly title: string | null }): string {
  return title === null ? id : `${id} ${title}`;
}
