import type { Connection } from "../../common/api/types";
import { Button } from "../../shared-ui/components/button";
import { Panel } from "../../shared-ui/components/panel";
import { FirstSync } from "./first-sync";

interface ExalatePanelProps {
  readonly connection: Connection;
  readonly onClose: () => void;
}

export function ExalatePanel({ connection, onClose }: ExalatePanelProps) {
  return (
    <Panel
      title={`Exalate work item: ${connection.name}`}
      onClose={onClose}
      footer={
        <Button kind="primary" onClick={onClose}>
          Done
        </Button>
      }
    >
      <FirstSync connection={connection} takesFocus />
    </Panel>
  );
}
