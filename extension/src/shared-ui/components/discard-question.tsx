import { Confirmation } from "./confirmation";

/** Asked before a half-filled form is closed. */
export function DiscardQuestion({ onKeep, onDiscard }: { readonly onKeep: () => void; readonly onDiscard: () => void }) {
  return (
    <Confirmation
      title="Discard what you entered?"
      confirm="Discard"
      cancel="Keep editing"
      isDangerous
      onConfirm={onDiscard}
      onCancel={onKeep}
    >
      <p>Nothing was saved yet.</p>
    </Confirmation>
  );
}
