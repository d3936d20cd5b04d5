import { useCallback, useMemo, useState, type ReactNode } from "react";

import { ProposalsApi, type Proposal, type ProposalFilter } from "../../common/api/proposals-api";
import type { Connection } from "../../common/api/types";
import { count } from "../../common/times";
import { Button } from "../../shared-ui/components/button";
import { Confirmation } from "../../shared-ui/components/confirmation";
import { Message } from "../../shared-ui/components/message";
import { SelectField, type Choice } from "../../shared-ui/components/select-field";
import { useAction } from "../../shared-ui/hooks/use-action";
import { usePages } from "../../shared-ui/hooks/use-pages";
import { useHub } from "../hub-context";
import { ProposalList } from "./proposal-list";
import { ProposalPanel } from "./proposal-panel";
import { sayDecision } from "./proposal-words";

const INTERVAL_MILLISECONDS = 10_000;
const STATUSES: readonly Choice[] = [
  { value: "undecided", title: "Open" },
  { value: "accepted", title: "Accepted" },
  { value: "declined", title: "Declined" },
  { value: "withdrawn", title: "Taken back" },
  { value: "", title: "All" },
];
const DIRECTIONS: readonly Choice[] = [
  { value: "", title: "Both sides" },
  { value: "incoming", title: "The partner" },
  { value: "outgoing", title: "This side" },
];

type Narrowed = Omit<ProposalFilter, "connection_id">;

interface ProposalsViewProps {
  readonly connections: readonly Connection[];
  /** The connection that is looked at; "" for all. */
  readonly connectionId: string;
  readonly onConnection: (id: string) => void;
  /** Something was decided: counts elsewhere are other ones now. */
  readonly onChanged: () => void;
}

/** What the two sides ask of each other, and the answers. */
export function ProposalsView({ connections, connectionId, onConnection, onChanged }: ProposalsViewProps) {
  const { call } = useHub();
  const api = useMemo(() => new ProposalsApi(call), [call]);
  const [narrowed, setNarrowed] = useState<Narrowed>({ status: "undecided", direction: "" });
  const [opened, setOpened] = useState<Proposal | null>(null);
  const [outcome, setOutcome] = useState("");
  const filter = useMemo(() => ({ ...narrowed, connection_id: connectionId }), [narrowed, connectionId]);
  const load = useCallback(
    (after: string | null, signal: AbortSignal) => api.list(filter, after, signal),
    [api, filter],
  );
  const paged = usePages(load, INTERVAL_MILLISECONDS);
  const decided = (said: string): void => {
    setOutcome(said);
    paged.reload();
    onChanged();
  };
  const change = ({ connection_id: id, ...others }: ProposalFilter): void => {
    setNarrowed(others);
    if (id !== connectionId) onConnection(id);
  };
  const connection = connections.find(({ id }) => id === connectionId);
  return (
    <div className="card stack">
      <h2>Proposals</h2>
      <p>
        A work item of this side becomes half of a pair only when this side says yes. Until then the partner learns
        nothing of it. What the partner may connect to without asking is set in each connection.
      </p>
      <FilterBar connections={connections} filter={filter} onChange={change}>
        {connection !== undefined && connection.proposals > 0 && (
          <AcceptAll api={api} connection={connection} onDone={decided} />
        )}
      </FilterBar>
      <Outcome text={outcome} />
      <ProposalList paged={paged} onOpen={setOpened} />
      {opened !== null && (
        <ProposalPanel
          key={opened.id}
          api={api}
          id={opened.id}
          onClose={() => setOpened(null)}
          onDecided={decided}
        />
      )}
    </div>
  );
}

function Outcome({ text }: { readonly text: string }) {
  return (
    <div role="status">
      {text !== "" && (
        <Message kind="success" isAnnounced={false}>
          {text}
        </Message>
      )}
    </div>
  );
}

interface FilterBarProps {
  readonly connections: readonly Connection[];
  readonly filter: ProposalFilter;
  readonly onChange: (filter: ProposalFilter) => void;
  readonly children: ReactNode;
}

function FilterBar({ connections, filter, onChange, children }: FilterBarProps) {
  return (
    <div className="row filter">
      <SelectField
        label="Connection"
        value={filter.connection_id}
        choices={[{ value: "", title: "All" }, ...connections.map(({ id, name }) => ({ value: id, title: name }))]}
        onChange={(value) => onChange({ ...filter, connection_id: value })}
      />
      <SelectField
        label="Asked by"
        value={filter.direction}
        choices={DIRECTIONS}
        onChange={(value) => onChange({ ...filter, direction: value as ProposalFilter["direction"] })}
      />
      <SelectField
        label="Status"
        value={filter.status}
        choices={STATUSES}
        onChange={(value) => onChange({ ...filter, status: value as ProposalFilter["status"] })}
      />
      {children}
    </div>
  );
}

interface AcceptAllProps {
  readonly api: ProposalsApi;
  readonly connection: Connection;
  readonly onDone: (outcome: string) => void;
}

function AcceptAll({ api, connection, onDone }: AcceptAllProps) {
  const [isAsking, setAsking] = useState(false);
  const accept = useAction(async () => {
    const decision = await api.acceptAll(connection.id);
    setAsking(false);
    onDone(sayDecision(decision, "accept"));
  });
  return (
    <>
      <Button onClick={() => setAsking(true)}>Accept all</Button>
      {isAsking && (
        <Confirmation
          title="Accept all that is open?"
          confirm="Accept all"
          isBusy={accept.isRunning}
          error={accept.error}
          onConfirm={accept.start}
          onCancel={() => setAsking(false)}
        >
          <p>
            {count(connection.proposals, "proposal")} of <bdi>{connection.remote?.organization_name}</bdi>, made over{" "}
            <bdi>{connection.name}</bdi>. The work items of this side that they name travel to the partner from then on.
          </p>
        </Confirmation>
      )}
    </>
  );
}
