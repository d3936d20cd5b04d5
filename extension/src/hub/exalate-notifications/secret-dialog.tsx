import { Button } from "../../shared-ui/components/button";
import { CopyCode } from "../../shared-ui/components/copy-code";
import { Dialog } from "../../shared-ui/components/dialog";

/** The secret of a webhook, shown this once. */
export function SecretDialog({ secret, onClose }: { readonly secret: string; readonly onClose: () => void }) {
  return (
    <Dialog title="Secret of the webhook" onClose={onClose} footer={<Button onClick={onClose}>Close</Button>}>
      <p>The receiver checks with it that a message comes from this node. It is shown this once.</p>
      <CopyCode label="Secret" code={secret} copy="Copy secret" copied="Copied." />
    </Dialog>
  );
}
