import type { Connection } from "../../common/api/types";
import { Message } from "../../shared-ui/components/message";
import { describeStatus } from "../connections/connection-status";

/** Told before a step is tried again on a connection that somebody else changed. */
export function ConflictNote({ connection }: { readonly connection: Connection }) {
  return (
    <Message kind="warning" isAnnounced>
      <strong>Somebody else changed this connection meanwhile. Nothing was done.</strong>
      <p>
        It is now <strong>{describeStatus(connection).word}</strong> and named <bdi>{connection.name}</bdi>. Confirm again
        if you still want to go on.
      </p>
    </Message>
  );
}
