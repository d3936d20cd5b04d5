import { Button } from "../../shared-ui/components/button";
import { Panel } from "../../shared-ui/components/panel";
import { Message } from "../../shared-ui/components/message";
import { useHub } from "../hub-context";

/** A node inside a private network can't invite: nobody could bring it the acceptance. */
export function UncallableNode({ onClose }: { readonly onClose: () => void }) {
  const { go } = useHub();
  return (
    <Panel title="Initiate connection" onClose={onClose} footer={<Button onClick={onClose}>Close</Button>}>
      <Message kind="info">
        <strong>The other side has to initiate this connection.</strong>
        <p>
          This node stands in a private network, where other nodes can't call it, so nobody could accept its invitation. Ask
          the other administrator to choose Initiate connection, then accept the invitation here.
        </p>
        <div className="row">
          <Button kind="primary" onClick={() => go("connections/accept")}>
            Accept invitation
          </Button>
        </div>
      </Message>
    </Panel>
  );
}
