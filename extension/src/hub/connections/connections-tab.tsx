import { useCallback, useState, type ReactNode } from "react";

import type { Connection } from "../../common/api/types";
import { Button } from "../../shared-ui/components/button";
import { EmptyState } from "../../shared-ui/components/empty-state";
import { Failure } from "../../shared-ui/components/failure";
import { Message } from "../../shared-ui/components/message";
import { Pivot } from "../../shared-ui/components/pivot";
import { Skeleton } from "../../shared-ui/components/skeleton";
import type { Live } from "../../shared-ui/hooks/use-live";
import { AcceptWizard } from "../acceptance/accept-wizard";
import { ConnectionDetails } from "../connection-details/connection-details";
import { TabFailure } from "../gate/tab-failure";
import { useHub } from "../hub-context";
import { InitiateWizard } from "../initiation/initiate-wizard";
import { ProposalsView } from "../proposals/proposals-view";
import { ConnectionList } from "./connection-list";
import { ConnectionActionDialogs, type ChosenAction } from "../connection-actions/connection-action-dialogs";
import { useConnections } from "./use-connections";

/** What the address calls the two wizards and the second view; ids of connections are never so short. */
const INITIATE = "initiate";
const ACCEPT = "accept";
const PROPOSALS = "proposals";

/** All connections of the organization, and what is open over them. */
export function ConnectionsTab({ detail }: { readonly detail: string }) {
  const { api, go, organization } = useHub();
  const connections = useConnections(api);
  const [action, setAction] = useState<ChosenAction | null>(null);
  const { value, error, reload } = connections;
  const close = useCallback(() => {
    go("connections");
    reload();
  }, [go, reload]);
  const open = useCallback((connection: Connection) => go(`connections/${encodeURIComponent(connection.id)}`), [go]);
  if (error?.code === "administrator_required" || (value === null && error !== null)) {
    return <TabFailure error={error} organizationName={organization.name} onRetry={reload} />;
  }
  if (detail === PROPOSALS || detail.startsWith(`${PROPOSALS}/`)) {
    return <Proposals rows={value} connectionId={detail.slice(PROPOSALS.length + 1)} onChanged={reload} />;
  }
  const opened = value?.find((row) => row.id === detail) ?? null;
  return (
    <Views rows={value} isProposals={false}>
      <p className="connections-intro">Connection defines synchronization behavior, including communication details, sync rules, and scope.</p>
      <div className="row">
        <Button kind="primary" icon="add" onClick={() => go(`connections/${INITIATE}`)}>
          Initiate connection
        </Button>
        <Button icon="key" onClick={() => go(`connections/${ACCEPT}`)}>
          Accept invitation
        </Button>
      </div>
      {error !== null && <OutOfDate connections={connections} />}
      <ListCard rows={value} onOpen={open} onAction={setAction} />
      {detail === INITIATE && <InitiateWizard onClose={close} onChanged={reload} />}
      {detail === ACCEPT && <AcceptWizard onClose={close} onChanged={reload} />}
      {opened !== null && <ConnectionDetails key={opened.id} latest={opened} onClose={close} onChanged={reload} />}
      {isGone(value, detail) && <Message kind="warning">This connection does not exist any more.</Message>}
      <ConnectionActionDialogs action={action} onClose={() => setAction(null)} onChanged={reload} />
    </Views>
  );
}

function proposalsOf(connectionId: string): string {
  return connectionId === "" ? `connections/${PROPOSALS}` : `connections/${PROPOSALS}/${encodeURIComponent(connectionId)}`;
}

interface ProposalsProps {
  readonly rows: readonly Connection[] | null;
  readonly connectionId: string;
  readonly onChanged: () => void;
}

function Proposals({ rows, connectionId, onChanged }: ProposalsProps) {
  const { go, onErrorsChanged } = useHub();
  const decided = (): void => {
    onChanged();
    onErrorsChanged();
  };
  return (
    <Views rows={rows} isProposals>
      {rows === null ? (
        <Skeleton lines={6} label="Loading the connections" />
      ) : (
        <ProposalsView
          connections={rows}
          connectionId={connectionId}
          onConnection={(id) => go(proposalsOf(id))}
          onChanged={decided}
        />
      )}
    </Views>
  );
}

interface ViewsProps {
  readonly rows: readonly Connection[] | null;
  readonly isProposals: boolean;
  readonly children: ReactNode;
}

/** The connections, and what the two sides ask of each other. */
function Views({ rows, isProposals, children }: ViewsProps) {
  const { go } = useHub();
  const open = (rows ?? []).reduce((sum, row) => sum + row.proposals, 0);
  return (
    <Pivot
      label="Views"
      tabs={[
        { key: "connections", title: "Connections" },
        { key: PROPOSALS, title: "Proposals", count: open === 0 ? undefined : open },
      ]}
      chosen={isProposals ? PROPOSALS : "connections"}
      onChoose={(key) => go(key === PROPOSALS ? proposalsOf("") : "connections")}
    >
      {children}
    </Pivot>
  );
}

function isGone(rows: readonly Connection[] | null, detail: string): boolean {
  if (rows === null || detail === "" || detail === INITIATE || detail === ACCEPT) return false;
  return !rows.some((row) => row.id === detail);
}

/** What is shown stays; a person is told that it may be old. */
function OutOfDate({ connections }: { readonly connections: Live<readonly Connection[]> }) {
  const { error, reload } = connections;
  if (error === null) return null;
  return (
    <Failure error={error} onRetry={reload}>
      <span>What you see may be out of date. It is tried again by itself.</span>
    </Failure>
  );
}

interface ListCardProps {
  readonly rows: readonly Connection[] | null;
  readonly onOpen: (connection: Connection) => void;
  readonly onAction: (action: ChosenAction) => void;
}

function ListCard({ rows, onOpen, onAction }: ListCardProps) {
  const { go } = useHub();
  if (rows === null) {
    return (
      <div className="card">
        <Skeleton lines={8} label="Loading the connections" />
      </div>
    );
  }
  if (rows.length === 0) {
    return (
      <div className="card">
        <EmptyState title="You do not have any connection defined yet.">
          <Button kind="link" onClick={() => go(`connections/${INITIATE}`)}>
            Create a new connection
          </Button>
        </EmptyState>
      </div>
    );
  }
  return (
    <ConnectionList
      rows={rows}
      onOpen={onOpen}
      onAction={onAction}
      onProposals={(connection) => go(proposalsOf(connection.id))}
    />
  );
}
