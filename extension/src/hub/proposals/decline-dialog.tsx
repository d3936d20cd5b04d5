import { useState } from "react";

import type { ApiError } from "../../common/api/api-error";
import { Confirmation } from "../../shared-ui/components/confirmation";
import { TextField } from "../../shared-ui/components/text-field";

const NOTE_LIMIT = 500;

interface DeclineDialogProps {
  readonly isBusy: boolean;
  readonly error: ApiError | null;
  readonly onDecline: (note: string) => void;
  readonly onCancel: () => void;
}

/** A no, with what the partner is told. */
export function DeclineDialog({ isBusy, error, onDecline, onCancel }: DeclineDialogProps) {
  const [note, setNote] = useState("");
  return (
    <Confirmation
      title="Decline?"
      confirm="Decline"
      isBusy={isBusy}
      error={error}
      onConfirm={() => onDecline(note)}
      onCancel={onCancel}
    >
      <p>Nothing of your work item travels. The partner sees that it was declined, and may ask again.</p>
      <TextField
        label="Note for the partner (optional)"
        rows={3}
        value={note}
        onChange={setNote}
        maxLength={NOTE_LIMIT}
        takesFocus
      />
    </Confirmation>
  );
}
