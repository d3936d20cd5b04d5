import type { Connection } from "../../common/api/types";
import { count, formatAgo, formatMoment } from "../../common/times";
import { Button } from "../../shared-ui/components/button";
import { ExternalLink } from "../../shared-ui/components/external-link";
import { Facts, type Fact } from "../../shared-ui/components/facts";
import { Message } from "../../shared-ui/components/message";
import { StatusLabel } from "../../shared-ui/components/status-label";
import { useNow } from "../../shared-ui/hooks/use-now";
import type { ChosenAction } from "../connection-actions/connection-action-dialogs";
import { useHub } from "../hub-context";
import {
  describeDestination,
  describeMode,
  describeStatus,
  describeType,
} from "../connections/connection-status";

interface ConnectionSummaryProps {
  readonly connection: Connection;
  readonly onAction: (kind: ChosenAction["kind"]) => void;
}

/** How the connection is, and its switch. */
export function ConnectionSummary({ connection, onAction }: ConnectionSummaryProps) {
  const now = useNow();
  const status = describeStatus(connection);
  const canActivate = connection.status === "deactivated" || connection.status === "blocked";
  return (
    <section className="stack" aria-label="State">
      <div className="row">
        <span role="status">
          <StatusLabel icon={status.icon} tone={status.tone}>
            {status.word}
          </StatusLabel>
        </span>
        {canActivate && (
          <Button icon="play" onClick={() => onAction("activate")}>
            Activate
          </Button>
        )}
        {connection.status === "active" && (
          <>
            <Button icon="pause" onClick={() => onAction("deactivate")}>
              Deactivate
            </Button>
            <Button icon="link" onClick={() => onAction("exalate")}>
              Exalate work item
            </Button>
          </>
        )}
      </div>
      {status.note !== "" && (
        <Message kind={status.tone === "error" ? "error" : "info"} isAnnounced={false}>
          <span dir="auto">{status.note}</span>
        </Message>
      )}
      <Facts facts={[...describeSides(connection), ...describeTraffic(connection, now)]} />
    </section>
  );
}

function describeSides(connection: Connection): readonly Fact[] {
  const { remote, visibility, role } = connection;
  const type = `${describeType(visibility)}, ${role === "initiator" ? "initiated by this side" : "accepted by this side"}`;
  return [
    {
      name: "Destination",
      value: <ExternalLink url={remote?.organization_url}>{describeDestination(connection)}</ExternalLink>,
    },
    ...(remote === null || remote.node_url === "" ? [] : [{ name: "Their node", value: <bdi>{remote.node_url}</bdi> }]),
    { name: "Type", value: type },
    { name: "Mode", value: describeMode(connection.mode) },
    { name: "Created", value: formatMoment(connection.created_at) },
    { name: "Own key fingerprint", value: <span className="mono break">{connection.own_fingerprint}</span> },
    ...(remote === null
      ? []
      : [{ name: "Their key fingerprint", value: <span className="mono break">{remote.fingerprint}</span> }]),
  ];
}

function describeTraffic(connection: Connection, now: number): readonly Fact[] {
  const { queue, errors } = connection;
  return [
    { name: "Under sync", value: count(connection.under_sync, "work item") },
    { name: "In progress", value: count(connection.in_progress, "work item") },
    { name: "Waiting", value: `${count(queue.outgoing, "message")} out, ${count(queue.incoming, "message")} in` },
    {
      name: "Errors",
      value:
        errors === 0 ? (
          "none"
        ) : (
          <StatusLabel icon="error" tone="error">
            {`${count(errors, "error")} open; the work items show them and have Retry`}
          </StatusLabel>
        ),
    },
    { name: "Proposals", value: <ProposalLink connection={connection} /> },
    { name: "Last sync", value: formatAgo(connection.synchronized_at, now) },
    { name: "Last contact", value: formatAgo(connection.last_contact_at, now) },
  ];
}

function ProposalLink({ connection }: { readonly connection: Connection }) {
  const { go } = useHub();
  return (
    <Button kind="link" onClick={() => go(`connections/proposals/${encodeURIComponent(connection.id)}`)}>
      {connection.proposals === 0 ? "none to decide" : `${connection.proposals.toLocaleString()} to decide`}
    </Button>
  );
}
