import { useState } from "react";

import type { Conflict, ShownValue, TwinsApi } from "../../common/api/twins-api";
import { formatMoment } from "../../common/times";
import { Button } from "../../shared-ui/components/button";
import { Confirmation } from "../../shared-ui/components/confirmation";
import { useAction } from "../../shared-ui/hooks/use-action";
import { describeOutcome, describeSubject } from "./twin-words";

interface ConflictsSectionProps {
  readonly api: TwinsApi;
  readonly conflicts: readonly Conflict[];
  readonly onChanged: () => void;
}

/** Values that both sides changed at once: which one was kept, which one lost, and taking the other one after all. */
export function ConflictsSection({ api, conflicts, onChanged }: ConflictsSectionProps) {
  if (conflicts.length === 0) {
    return (
      <p className="quiet">
        There is no conflict. One comes about when both sides change the same thing before they hear of each other; the later
        change is kept, and the other value stays here.
      </p>
    );
  }
  return (
    <div>
      {conflicts.map((conflict) => (
        <ConflictView key={conflict.id} api={api} conflict={conflict} onChanged={onChanged} />
      ))}
    </div>
  );
}

interface ConflictViewProps {
  readonly api: TwinsApi;
  readonly conflict: Conflict;
  readonly onChanged: () => void;
}

function ConflictView({ api, conflict, onChanged }: ConflictViewProps) {
  const [question, setQuestion] = useState<"restore" | "dismiss" | null>(null);
  const { kept, lost, current } = conflict;
  const isOpen = conflict.status === "open";
  const isChanged = current !== null && current.text !== kept.text && current.text !== lost.text;
  const subject = describeSubject(conflict);
  return (
    <section className="conflict stack-small" aria-label={`Conflict: ${subject}`}>
      <h3 dir="auto">{subject}</h3>
      <p className="quiet small">
        {formatMoment(conflict.happened_at)} · <span role="status">{describeOutcome(conflict)}</span>
      </p>
      <div className="twin-sides">
        <Value title="Kept" value={kept} />
        <Value title="Lost" value={lost} isLost />
        {isChanged && <Value title="Now" value={current} />}
      </div>
      {isOpen && conflict.reason !== "" && <p className="quiet">{conflict.reason}</p>}
      {isOpen && (
        <div className="row">
          {conflict.can_restore && (
            <Button kind="primary" onClick={() => setQuestion("restore")}>
              Use the other value
            </Button>
          )}
          <Button onClick={() => setQuestion("dismiss")}>Dismiss</Button>
        </div>
      )}
      {question !== null && (
        <Decision
          api={api}
          conflict={conflict}
          step={question}
          onClose={() => setQuestion(null)}
          onDone={() => {
            setQuestion(null);
            onChanged();
          }}
        />
      )}
    </section>
  );
}

function Value({ title, value, isLost = false }: { readonly title: string; readonly value: ShownValue; readonly isLost?: boolean }) {
  const side = value.is_local ? "made here" : "made on the other side";
  return (
    <div>
      <p>
        <strong>{title}</strong> <span className="quiet small">{`${side}, ${formatMoment(value.changed_at)}`}</span>
      </p>
      <div className={`conflict-value ${isLost ? "lost" : ""}`} dir="auto" tabIndex={0} role="group" aria-label={`${title} value`}>
        {value.is_deleted ? <em>removed</em> : value.text === "" ? <em>empty</em> : value.text}
      </div>
    </div>
  );
}

interface DecisionProps {
  readonly api: TwinsApi;
  readonly conflict: Conflict;
  readonly step: "restore" | "dismiss";
  readonly onClose: () => void;
  readonly onDone: () => void;
}

function Decision({ api, conflict, step, onClose, onDone }: DecisionProps) {
  const isRestore = step === "restore";
  const decide = useAction(async () => {
    await (isRestore ? api.restore(conflict.id) : api.dismiss(conflict.id));
    onDone();
  });
  return (
    <Confirmation
      title={isRestore ? "Use the other value?" : "Dismiss the conflict?"}
      confirm={isRestore ? "Use the other value" : "Dismiss"}
      isBusy={decide.isRunning}
      error={decide.error}
      onConfirm={decide.start}
      onCancel={onClose}
    >
      <p>
        {isRestore
          ? "It is written to both work items as a change of today, in place of what stands there now."
          : "The value that won stays on both sides. The other one can be looked at here for 30 days."}
      </p>
      <div className="conflict-value lost" dir="auto" tabIndex={0} role="group" aria-label="The other value">
        {conflict.lost.is_deleted ? <em>removed</em> : conflict.lost.text === "" ? <em>empty</em> : conflict.lost.text}
      </div>
    </Confirmation>
  );
}
