import type { Dashboard } from "../../../common/api/dashboard-api";
import { Button } from "../../../shared-ui/components/button";
import { useHub } from "../../hub-context";
import { sum } from "./dashboard-logic";

interface Line {
  readonly word: string;
  readonly amount: number;
}

interface StandingCardProps {
  readonly title: string;
  readonly amount: number;
  readonly unit: string;
  readonly lines: readonly Line[];
  readonly link: string;
  readonly hash: string;
}

const CONNECTION_WORDS = [
  ["pending", "pending"],
  ["deactivated", "deactivated"],
  ["blocked", "stopped"],
] as const;

const PAIR_WORDS = [
  ["pending", "in progress"],
  ["failed", "failed"],
  ["local_removed", "removed here"],
  ["remote_removed", "removed there"],
] as const;

const IMPACT_WORDS: Readonly<Record<string, string>> = {
  work_item: "stop work items",
  connection: "stop connections",
  trigger: "stop triggers",
  node: "stop the node",
  warning: "only warn",
};

/** How things stand at this moment. */
export function StandingCards({ dashboard }: { readonly dashboard: Dashboard }) {
  const { connections, twins, held, conflicting, errors, queue } = dashboard;
  const pairs = PAIR_WORDS.map(([status, word]) => ({ word, amount: twins[status] ?? 0 }));
  return (
    <ul className="standing" aria-label="Now">
      <StandingCard
        title="Connections"
        amount={connections.active ?? 0}
        unit="active"
        lines={CONNECTION_WORDS.map(([status, word]) => ({ word, amount: connections[status] ?? 0 }))}
        link="Open Connections"
        hash="connections"
      />
      <StandingCard
        title="Pairs"
        amount={twins.synchronized ?? 0}
        unit="in sync"
        lines={[...pairs, { word: "with conflicts", amount: conflicting }, { word: "wait for the plan", amount: held }]}
        link={held > 0 ? "Open License Details" : "Open Entity Sync status"}
        hash={held > 0 ? "license-details" : "entity-sync-status"}
      />
      <StandingCard
        title="Queue"
        amount={queue.outgoing + queue.incoming}
        unit="waiting"
        lines={[
          { word: "outgoing", amount: queue.outgoing },
          { word: "incoming", amount: queue.incoming },
        ]}
        link="Open Sync Queue"
        hash="sync-queue"
      />
      <StandingCard
        title="Errors"
        amount={sum(Object.values(errors))}
        unit="open"
        lines={Object.entries(errors).map(([impact, amount]) => ({ word: IMPACT_WORDS[impact] ?? impact, amount }))}
        link="Open Errors"
        hash="errors"
      />
    </ul>
  );
}

function StandingCard({ title, amount, unit, lines, link, hash }: StandingCardProps) {
  const { go } = useHub();
  const shown = lines.filter((line) => line.amount > 0);
  return (
    <li className="card standing-card">
      <h2 className="minor">{title}</h2>
      <p>
        <strong className="standing-amount">{amount.toLocaleString()}</strong> {unit}
      </p>
      <ul className="quiet small standing-lines">
        {shown.map((line) => (
          <li key={line.word}>
            {line.amount.toLocaleString()} {line.word}
          </li>
        ))}
      </ul>
      <Button kind="link" onClick={() => go(hash)}>
        {link}
      </Button>
    </li>
  );
}
