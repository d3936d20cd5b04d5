import { useState } from "react";

import type { CleanUpApi, CleanUpPreview, CleanUpWish, SyncMetadata } from "../../common/api/clean-up-api";
import { count } from "../../common/times";
import { CheckBox } from "../../shared-ui/components/check-box";
import { Message } from "../../shared-ui/components/message";
import { TypedConfirmation } from "../../shared-ui/components/typed-confirmation";
import { useAction } from "../../shared-ui/hooks/use-action";

interface PreviewDialogProps {
  readonly api: CleanUpApi;
  readonly wish: CleanUpWish;
  readonly preview: CleanUpPreview;
  readonly onClose: () => void;
  readonly onStarted: () => void;
}

/** What goes and what stays, and the name to be typed. */
export function PreviewDialog({ api, wish, preview, onClose, onStarted }: PreviewDialogProps) {
  const [keepsRemotePairs, setKeepsRemotePairs] = useState(false);
  const { key, total } = preview;
  const start = useAction(async () => {
    await api.start(wish, key, keepsRemotePairs);
    onStarted();
  });
  return (
    <TypedConfirmation
      title={wish.scope === "work_item" ? `Clean up work item ${key}?` : `Clean up ${key}?`}
      name={key}
      confirm={`Forget ${count(total.twins, "pair")}`}
      isBusy={start.isRunning}
      error={start.error}
      onConfirm={start.start}
      onCancel={onClose}
    >
      <Consequences total={total} />
      <PairsByConnection preview={preview} />
      {preview.is_orphaning && (
        <Orphaning preview={preview} isAccepted={keepsRemotePairs} onChange={setKeepsRemotePairs} />
      )}
    </TypedConfirmation>
  );
}

function Consequences({ total }: { readonly total: SyncMetadata }) {
  const waiting = total.outgoing + total.incoming;
  return (
    <ul className="stack-small">
      <li>
        <strong>Goes, on both sides:</strong> {listMetadata(total)}.
      </li>
      <li>
        <strong>Stays:</strong> all work items with everything that was synchronized, and the connections.
      </li>
      {waiting > 0 && (
        <li>
          <strong>Is lost:</strong> {count(waiting, "change")} on the way, which nobody processes any more.
        </li>
      )}
    </ul>
  );
}

function PairsByConnection({ preview: { connections } }: { readonly preview: CleanUpPreview }) {
  if (connections.length < 2) return null;
  return (
    <ul className="quiet small clean-up-figures" aria-label="Pairs by connection">
      {connections.map(({ id, name, metadata }) => (
        <li key={id}>
          <bdi>{name}</bdi>: {count(metadata.twins, "pair")}
        </li>
      ))}
    </ul>
  );
}

interface OrphaningProps {
  readonly preview: CleanUpPreview;
  readonly isAccepted: boolean;
  readonly onChange: (isAccepted: boolean) => void;
}

/** Whose other side can't be told, and the question whether that is meant. */
function Orphaning({ preview, isAccepted, onChange }: OrphaningProps) {
  const orphaning = preview.connections.filter((connection) => connection.orphaning !== null);
  return (
    <Message kind="warning">
      {orphaning.map(({ id, name, orphaning: reason }) => (
        <p key={id}>
          The other side of <bdi>{name}</bdi> can&rsquo;t be told: {reason}.
        </p>
      ))}
      <CheckBox
        label="The other side keeps its pairs"
        hint="It goes on as if nothing had happened, until it is cleaned up there."
        isChecked={isAccepted}
        onChange={onChange}
      />
    </Message>
  );
}

function listMetadata({ twins, outgoing, incoming, errors, conflicts, traces }: SyncMetadata): string {
  const parts = [
    count(twins, "pair"),
    count(outgoing + incoming, "waiting event"),
    count(errors, "open error"),
    count(conflicts, "conflict"),
    `${count(traces, "trace")} of comments and files`,
  ];
  return parts.join(", ");
}
