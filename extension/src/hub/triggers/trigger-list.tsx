import type { Trigger } from "../../common/api/triggers-api";
import { formatAgo, formatMoment } from "../../common/times";
import { Button } from "../../shared-ui/components/button";
import { DataTable, type Column } from "../../shared-ui/components/data-table";
import { Icon } from "../../shared-ui/components/icon";
import { MenuButton, type MenuItem } from "../../shared-ui/components/menu-button";
import { StatusLabel } from "../../shared-ui/components/status-label";
import { useNow } from "../../shared-ui/hooks/use-now";
import { useHub } from "../hub-context";
import { describeMatches } from "./match-words";

export type TriggerDeed = "edit" | "activate" | "deactivate" | "exalate" | "unexalate" | "count" | "delete";

interface TriggerListProps {
  readonly rows: readonly Trigger[];
  readonly onDeed: (deed: TriggerDeed, trigger: Trigger) => void;
}

/** The triggers of a page. */
export function TriggerList({ rows, onDeed }: TriggerListProps) {
  const now = useNow();
  const columns: readonly Column<Trigger>[] = [
    { key: "if", title: "If", className: "condition-cell", render: (trigger) => <If trigger={trigger} onDeed={onDeed} /> },
    { key: "connection", title: "Then sync with", render: (trigger) => <Then trigger={trigger} /> },
    { key: "notes", title: "Notes", render: ({ notes }) => <span dir="auto" className="clamp">{notes}</span> },
    { key: "active", title: "Active", render: (trigger) => <Active trigger={trigger} /> },
    { key: "matches", title: "Matches", className: "number", render: (trigger) => <Matches trigger={trigger} now={now} /> },
    { key: "run", title: "Last run", render: (trigger) => <LastRun trigger={trigger} now={now} /> },
    {
      key: "actions",
      title: "Actions",
      isTitleHidden: true,
      className: "actions",
      render: (trigger) => (
        <MenuButton label={`More actions for ${trigger.title}`} items={listActions(trigger, onDeed)} />
      ),
    },
  ];
  return <DataTable label="Triggers" columns={columns} rows={rows} keyOf={({ id }) => id} />;
}

function listActions(trigger: Trigger, onDeed: TriggerListProps["onDeed"]): readonly MenuItem[] {
  const item = (deed: TriggerDeed, name: string, icon: MenuItem["icon"]): MenuItem => ({
    name,
    icon,
    onChoose: () => onDeed(deed, trigger),
  });
  return [
    item("edit", "Edit", "edit"),
    trigger.is_active ? item("deactivate", "Deactivate", "pause") : item("activate", "Activate", "play"),
    item("exalate", "Bulk Exalate", "link"),
    item("unexalate", "Bulk Unexalate", "block"),
    item("count", "Count matches", "refresh"),
    item("delete", "Delete", "delete"),
  ];
}

type Cell = { readonly trigger: Trigger };

function If({ trigger, onDeed }: Cell & Pick<TriggerListProps, "onDeed">) {
  const { condition, work_item_type: type } = trigger;
  return (
    <>
      <Button kind="link" onClick={() => onDeed("edit", trigger)}>
        <code dir="ltr" className="condition clamp">
          {condition === "" ? `Every ${type}` : condition}
        </code>
      </Button>
      {type !== "" && condition !== "" && (
        <div className="quiet small">
          Type: <bdi>{type}</bdi>
        </div>
      )}
    </>
  );
}

function Then({ trigger }: Cell) {
  const { go } = useHub();
  const { connection_id: id, connection_name: name, connection_status: status } = trigger;
  return (
    <>
      {status === "removed" ? (
        <bdi className="clamp">{name}</bdi>
      ) : (
        <Button kind="link" onClick={() => go(`connections/${encodeURIComponent(id)}`)}>
          <bdi className="clamp">{name}</bdi>
        </Button>
      )}
      {status !== "active" && <div className="quiet small">{NOTES[status]}</div>}
    </>
  );
}

const NOTES = {
  pending: "Waits until the invitation is accepted",
  deactivated: "Deactivated: what changes is looked at once it goes on",
  blocked: "Blocked: what changes is looked at once it goes on",
  removed: "The connection is gone",
} as const;

function Active({ trigger }: Cell) {
  return trigger.is_active ? (
    <StatusLabel icon="success" tone="success">
      Active
    </StatusLabel>
  ) : (
    <StatusLabel icon="pause" tone="neutral">
      Inactive
    </StatusLabel>
  );
}

type TimedCell = Cell & { readonly now: number };

function Matches({ trigger, now }: TimedCell) {
  const { counted_at: countedAt, exalated } = trigger;
  return (
    <>
      <span title={countedAt === null ? undefined : `Counted ${formatAgo(countedAt, now)}`}>{describeMatches(trigger)}</span>
      {exalated > 0 && <div className="quiet small">{exalated.toLocaleString()} exalated by itself</div>}
    </>
  );
}

function LastRun({ trigger, now }: TimedCell) {
  const { go } = useHub();
  const { last_run_at: lastRun, last_error: error } = trigger;
  return (
    <>
      <span title={lastRun === null ? undefined : formatMoment(lastRun)}>{formatAgo(lastRun, now, "not yet")}</span>
      {error !== "" && (
        <div className="small">
          <span className="status error">
            <Icon name="error" />
            Can&rsquo;t look at what changed
          </span>{" "}
          <Button kind="link" onClick={() => go("errors")}>
            See Errors
          </Button>
        </div>
      )}
    </>
  );
}
