import type { Replica } from "../../common/api/twins-api";
import { count, formatMoment } from "../../common/times";

interface ReplicaSectionProps {
  readonly held: Replica;
  readonly received: Replica | null;
}

/** What both sides agreed on, and what the other side told last, as the nodes exchange it. */
export function ReplicaSection({ held, received }: ReplicaSectionProps) {
  return (
    <>
      <ReplicaView title="Held here" replica={held} />
      {received === null ? (
        <p className="quiet">Nothing is remembered of what the other side told: messages are kept for a week.</p>
      ) : (
        <ReplicaView title="Received last from the other side" replica={received} />
      )}
    </>
  );
}

function ReplicaView({ title, replica }: { readonly title: string; readonly replica: Replica }) {
  return (
    <div className="stack-small">
      <h3>{title}</h3>
      {replica.at !== null && <p className="quiet small">{formatMoment(replica.at)}</p>}
      <pre className="replica" tabIndex={0} role="group" aria-label={title}>
        {JSON.stringify(replica.registers, null, 2)}
      </pre>
      {replica.left_out > 0 && <p className="quiet small">{count(replica.left_out, "further value")} not shown.</p>}
    </div>
  );
}
