import { formatLeft, formatMoment } from "../../common/times";
import { CopyCode } from "../../shared-ui/components/copy-code";
import { Message } from "../../shared-ui/components/message";
import { useNow } from "../../shared-ui/hooks/use-now";

/** A code with what to know about it. */
export function InvitationCode({ code, expiresAt }: { readonly code: string; readonly expiresAt: string }) {
  const left = formatLeft(expiresAt, useNow());
  return (
    <div className="stack">
      <CopyCode label="Invitation code" code={code} copy="Copy Invitation Code" copied="Copied" />
      <p>
        {left === null ? "It has expired." : `Valid for ${left}, until ${formatMoment(expiresAt)}.`} It can be used once.
      </p>
      <Message kind="warning">
        Treat it like a password: whoever has it can connect to your organization. Send it only to the administrator of the
        other side.
      </Message>
    </div>
  );
}
