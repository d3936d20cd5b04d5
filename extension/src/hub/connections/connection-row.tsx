import { memo } from "react";

import type { Connection } from "../../common/api/types";
import { count, formatAgo, formatMoment } from "../../common/times";
import { Button } from "../../shared-ui/components/button";
import { Icon } from "../../shared-ui/components/icon";
import { MenuButton } from "../../shared-ui/components/menu-button";
import { StatusLabel } from "../../shared-ui/components/status-label";
import {
  describeDestination,
  describeMode,
  describeStatus,
  describeType,
} from "./connection-status";
import { findRowActions } from "./row-actions";
import type { ChosenAction } from "../connection-actions/connection-action-dialogs";

interface ConnectionRowProps {
  readonly connection: Connection;
  readonly now: number;
  readonly onOpen: (connection: Connection) => void;
  readonly onAction: (action: ChosenAction) => void;
  readonly onProposals: (connection: Connection) => void;
}

function Row({ connection, now, onOpen, onAction, onProposals }: ConnectionRowProps) {
  const items = findRowActions(connection).map(({ kind, name, icon }) => ({
    name,
    icon,
    onChoose: () => (kind === "edit" ? onOpen(connection) : onAction({ kind, connection })),
  }));
  return (
    <tr role="row">
      <td role="cell" data-title="Status">
        <Status connection={connection} onProposals={onProposals} />
      </td>
      <td role="cell" data-title="Name" className="name">
        <Button kind="link" onClick={() => onOpen(connection)}>
          <bdi className="clamp">{connection.name}</bdi>
        </Button>
      </td>
      <td role="cell" data-title="Destination">
        <Destination connection={connection} />
      </td>
      <td role="cell" data-title="Type">
        {describeType(connection.visibility)}
      </td>
      <td role="cell" data-title="Mode">
        {describeMode(connection.mode)}
      </td>
      <td role="cell" data-title="Project">
        <bdi className="clamp">{connection.project}</bdi>
      </td>
      <td role="cell" data-title="Under sync" className="number">
        {connection.under_sync.toLocaleString()}
      </td>
      <td role="cell" data-title="Errors" className="number">
        <Errors connection={connection} onOpen={onOpen} />
      </td>
      <td role="cell" data-title="Last contact">
        <LastContact connection={connection} now={now} />
      </td>
      <td role="cell" className="actions">
        <MenuButton label={`More actions for ${connection.name}`} items={items} />
      </td>
    </tr>
  );
}

function Status({ connection, onProposals }: Pick<ConnectionRowProps, "connection" | "onProposals">) {
  const { word, icon, tone, note } = describeStatus(connection);
  return (
    <>
      <StatusLabel icon={icon} tone={tone}>
        {word}
      </StatusLabel>
      {note !== "" && (
        <div className="quiet small" dir="auto">
          {note}
        </div>
      )}
      {connection.proposals > 0 && (
        <Button kind="link" onClick={() => onProposals(connection)}>
          {`${count(connection.proposals, "proposal")} to decide`}
        </Button>
      )}
    </>
  );
}

function Destination({ connection }: { readonly connection: Connection }) {
  if (connection.remote !== null) return <bdi className="clamp">{describeDestination(connection)}</bdi>;
  return (
    <span className="status quiet">
      <Icon name="unknown" />
      {describeDestination(connection)}
    </span>
  );
}

function Errors({ connection, onOpen }: Pick<ConnectionRowProps, "connection" | "onOpen">) {
  if (connection.errors === 0) return <>0</>;
  return (
    <Button kind="link" onClick={() => onOpen(connection)}>
      <span className="status error">
        <Icon name="error" />
        {connection.errors.toLocaleString()}
        <span className="only-read">{connection.errors === 1 ? "error" : "errors"}</span>
      </span>
    </Button>
  );
}

function LastContact({ connection, now }: Pick<ConnectionRowProps, "connection" | "now">) {
  const { last_contact_at: contact, synchronized_at: sync } = connection;
  return (
    <>
      <span title={contact === null ? undefined : formatMoment(contact)}>{formatAgo(contact, now)}</span>
      {sync !== null && <div className="quiet small">Last sync {formatAgo(sync, now)}</div>}
      {connection.in_progress > 0 && <div className="quiet small">{count(connection.in_progress, "item")} in progress</div>}
    </>
  );
}

/** One connection; drawn anew only when it changed or when the words for a time did. */
export const ConnectionRow = memo(Row, (before, after) => {
  if (before.connection !== after.connection || before.onOpen !== after.onOpen) return false;
  const { last_contact_at: contact, synchronized_at: sync } = after.connection;
  return [contact, sync].every((time) => formatAgo(time, before.now) === formatAgo(time, after.now));
});
