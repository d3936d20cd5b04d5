import type { ApiError } from "../../common/api/api-error";
import { recognizeCode } from "../../common/invitation-code";
import { Failure } from "../../shared-ui/components/failure";
import { TextField } from "../../shared-ui/components/text-field";
import { useNow } from "../../shared-ui/hooks/use-now";
import { useHub } from "../hub-context";
import type { Acceptance, Change } from "./acceptance";

interface CodeStepProps {
  readonly state: Acceptance;
  readonly change: (change: Change) => void;
  readonly error: ApiError | null;
  readonly onRetry: () => void;
}

/** The paste; what can be said about it is said at once, without asking any node. */
export function CodeStep({ state, change, error, onRetry }: CodeStepProps) {
  const { organization } = useHub();
  const found = recognizeCode(state.text, organization.id, useNow());
  return (
    <div className="stack">
      <TextField
        label="Paste the invitation code"
        hint="You get it from the administrator of the other organization. It begins with adn1."
        rows={6}
        value={state.text}
        onChange={(text) => change({ kind: "text", text })}
        error={found.kind === "refused" ? found.message : null}
        takesFocus
      />
      {error !== null && <Failure error={error} onRetry={error.isTransient ? onRetry : undefined} />}
    </div>
  );
}
