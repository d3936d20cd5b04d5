import { useCallback, useState } from "react";

import { toApiError, type ApiError } from "../../common/api/api-error";
import type { BulkDeed, Trigger, TriggersApi } from "../../common/api/triggers-api";
import { Confirmation } from "../../shared-ui/components/confirmation";
import { Failure } from "../../shared-ui/components/failure";
import { Message } from "../../shared-ui/components/message";
import { Spinner } from "../../shared-ui/components/spinner";
import { useAction } from "../../shared-ui/hooks/use-action";
import { useLive } from "../../shared-ui/hooks/use-live";
import { describeMatching } from "./match-words";
import type { TriggerDeeds } from "./use-trigger-deeds";
import { currentOf } from "./use-trigger-form";

/** The question before the deed that was chosen, if one was. */
export function ChosenDialog({ api, deeds }: { readonly api: TriggersApi; readonly deeds: TriggerDeeds }) {
  if (deeds.chosen === null) return null;
  const { deed, trigger } = deeds.chosen;
  const shared = { api, trigger, onClose: deeds.cancel };
  if (deed === "delete") return <DeleteTriggerDialog {...shared} onDone={deeds.done} />;
  if (deed === "deactivate") return <DeactivateTriggerDialog {...shared} onDone={deeds.done} />;
  return <BulkDialog {...shared} deed={deed} onStarted={deeds.hasStarted} />;
}

interface DialogProps {
  readonly api: TriggersApi;
  readonly trigger: Trigger;
  readonly onClose: () => void;
  /** It is done; the list is to be read anew. */
  readonly onDone: (word: string) => void;
}

interface Step {
  readonly seen: Trigger;
  readonly isConflict: boolean;
  readonly error: ApiError | null;
  readonly isRunning: boolean;
  readonly start: () => void;
}

/** A step on a trigger as it was seen; one that somebody else changed meanwhile is shown and asked about anew. */
function useStep(trigger: Trigger, run: (seen: Trigger) => Promise<void>): Step {
  const [seen, setSeen] = useState(trigger);
  const action = useAction(async () => {
    try {
      await run(seen);
    } catch (thrown) {
      const current = currentOf(thrown);
      if (current !== null) setSeen(current);
      throw toApiError(thrown);
    }
  });
  const isConflict = action.error?.problem.status === 412;
  return { seen, isConflict, error: isConflict ? null : action.error, isRunning: action.isRunning, start: action.start };
}

function Condition({ trigger }: { readonly trigger: Trigger }) {
  return (
    <code dir="ltr" className="condition clamp">
      {trigger.title}
    </code>
  );
}

function Changed({ isShown }: { readonly isShown: boolean }) {
  if (!isShown) return null;
  return (
    <Message kind="warning" isAnnounced>
      Somebody else changed this trigger meanwhile. This is how it is now; decide again.
    </Message>
  );
}

function DeleteTriggerDialog({ api, trigger, onClose, onDone }: DialogProps) {
  const { seen, isConflict, error, isRunning, start } = useStep(trigger, async (known) => {
    await api.remove(known);
    onDone("The trigger is deleted.");
  });
  return (
    <Confirmation
      title="Delete this trigger?"
      confirm="Delete"
      isDangerous
      isBusy={isRunning}
      error={error}
      onConfirm={start}
      onCancel={onClose}
    >
      <Changed isShown={isConflict} />
      <Condition trigger={seen} />
      <p>No further work items come under sync by it. Those that are under sync stay so.</p>
    </Confirmation>
  );
}

function DeactivateTriggerDialog({ api, trigger, onClose, onDone }: DialogProps) {
  const { seen, isConflict, error, isRunning, start } = useStep(trigger, async (known) => {
    await api.turn(known, "deactivate");
    onDone("The trigger is inactive.");
  });
  return (
    <Confirmation
      title="Deactivate this trigger?"
      confirm="Deactivate"
      isBusy={isRunning}
      error={error}
      onConfirm={start}
      onCancel={onClose}
    >
      <Changed isShown={isConflict} />
      <Condition trigger={seen} />
      <p>
        What is created or changed until it is activated again is not looked at, also not later. Work items that are under
        sync stay so.
      </p>
    </Confirmation>
  );
}

interface BulkDialogProps {
  readonly api: TriggersApi;
  readonly trigger: Trigger;
  readonly deed: BulkDeed;
  readonly onClose: () => void;
  readonly onStarted: () => void;
}

const BULK = {
  exalate: { title: "Bulk Exalate", isDangerous: false },
  unexalate: { title: "Bulk Unexalate", isDangerous: true },
} as const;

/** Asks with the count as it is now. */
function BulkDialog({ api, trigger, deed, onClose, onStarted }: BulkDialogProps) {
  const load = useCallback((signal: AbortSignal) => api.count(trigger.id, signal), [api, trigger.id]);
  const { value, error: failure, reload } = useLive(load, null);
  const action = useAction(async () => {
    await api.startBulk(trigger.id, deed);
    onStarted();
  });
  const { title, isDangerous } = BULK[deed];
  return (
    <Confirmation
      title={`${title}?`}
      confirm={title}
      isDangerous={isDangerous}
      isBusy={action.isRunning || (value === null && failure === null)}
      error={action.error}
      onConfirm={action.start}
      onCancel={onClose}
    >
      <Condition trigger={trigger} />
      <p role="status" className="preview-status">
        {value === null ? failure === null && <Spinner /> : null}
        {value === null ? (failure === null ? "Counting…" : "") : <strong>{describeMatching(value)}</strong>}
      </p>
      {failure !== null && <Failure error={failure} onRetry={reload} />}
      {deed === "exalate" ? (
        <p>
          Those that are not under sync yet come under sync with <bdi>{trigger.connection_name}</bdi>; the others are
          checked for changes. You can pause or cancel it at any time.
        </p>
      ) : (
        <UnexalateNote trigger={trigger} />
      )}
    </Confirmation>
  );
}

function UnexalateNote({ trigger }: { readonly trigger: Trigger }) {
  return (
    <>
      <p>
        They are taken out of sync with <bdi>{trigger.connection_name}</bdi>. All work items stay as they are, on both sides.
      </p>
      {trigger.is_active && (
        <Message kind="warning">
          This trigger is active: a work item comes under sync again with its next change. Deactivate the trigger first if
          that is not wanted.
        </Message>
      )}
    </>
  );
}
