import { useState } from "react";

import type { DriftApi } from "../../common/api/drift-api";
import type { Job } from "../../common/api/jobs-api";
import type { Connection } from "../../common/api/types";
import { count } from "../../common/times";
import { Button } from "../../shared-ui/components/button";
import { Confirmation } from "../../shared-ui/components/confirmation";
import { Dialog } from "../../shared-ui/components/dialog";
import { useAction } from "../../shared-ui/hooks/use-action";
import { JobCard } from "../jobs/job-card";

interface RepairDialogProps {
  readonly api: DriftApi;
  readonly connection: Connection;
  /** null for everything that is open. */
  readonly findingIds: readonly string[] | null;
  readonly total: number;
  readonly onClose: () => void;
  readonly onStarted: () => void;
}

/** Asks first, then shows how far the repair is. */
export function RepairDialog({ api, connection, findingIds, total, onClose, onStarted }: RepairDialogProps) {
  const [job, setJob] = useState<Job | null>(null);
  const amount = findingIds === null ? total : findingIds.length;
  const action = useAction(async () => {
    setJob(await api.repair(connection.id, findingIds));
    onStarted();
  });
  if (job !== null) {
    return (
      <Dialog title="Repair" onClose={onClose} footer={<Button onClick={onClose}>Close</Button>}>
        <JobCard job={job} onChanged={onStarted} />
        <p className="quiet small">It goes on when you close this.</p>
      </Dialog>
    );
  }
  return (
    <Confirmation
      title={`Repair ${count(amount, "finding")}?`}
      confirm="Repair"
      isBusy={action.isRunning}
      error={action.error}
      onConfirm={action.start}
      onCancel={onClose}
    >
      <p>
        Work items are read again and both sides send what they know; where both were changed, the later change stands and
        the other is kept as a conflict. Pairs that the partner does not know end here, work items that match a trigger come
        under sync. No work item is deleted.
      </p>
    </Confirmation>
  );
}
