import type { ReactNode } from "react";

import type { HubApi } from "../../common/api/hub-api";
import type { Connection } from "../../common/api/types";
import { Confirmation } from "../../shared-ui/components/confirmation";
import { useHub } from "../hub-context";
import { ConflictNote } from "./conflict-note";
import { useConnectionAction } from "./use-connection-action";

interface SimpleDialogProps {
  readonly connection: Connection;
  readonly title: string;
  readonly confirm: string;
  readonly isDangerous?: boolean;
  readonly run: (api: HubApi, seen: Connection) => Promise<unknown>;
  readonly onClose: () => void;
  readonly onDone: () => void;
  readonly children: ReactNode;
}

/** A question before a step on a connection. */
export function SimpleDialog(props: SimpleDialogProps) {
  const { api } = useHub();
  const { seen, isConflict, error, isRunning, start } = useConnectionAction(props.connection, async (known) => {
    await props.run(api, known);
    props.onDone();
  });
  return (
    <Confirmation
      title={props.title}
      confirm={props.confirm}
      isDangerous={props.isDangerous ?? false}
      isBusy={isRunning}
      error={error}
      onConfirm={start}
      onCancel={props.onClose}
    >
      {isConflict && <ConflictNote connection={seen} />}
      {props.children}
    </Confirmation>
  );
}
