import { useMemo, useState } from "react";

import { BulkConnectApi, type CheckedFile, type ConnectOptions } from "../../common/api/bulk-connect-api";
import type { Connection } from "../../common/api/types";
import { count } from "../../common/times";
import { Button } from "../../shared-ui/components/button";
import { DownloadButton } from "../../shared-ui/components/download-button";
import { Failure } from "../../shared-ui/components/failure";
import { SelectField } from "../../shared-ui/components/select-field";
import { useAction } from "../../shared-ui/hooks/use-action";
import { useHub } from "../hub-context";
import { CheckResult } from "./check-result";
import { ConnectOptionFields } from "./connect-options";
import { FileDrop } from "./file-drop";
import { useFileCheck } from "./use-file-check";

interface ConnectFormProps {
  readonly connections: readonly Connection[];
  readonly onStarted: () => void;
}

const FIRST_OPTIONS: ConnectOptions = { content: "both", comments: false, attachments: false, skipsWrong: false };

/** A connection, a file, what stands against its lines, how to connect them. */
export function ConnectForm({ connections, onStarted }: ConnectFormProps) {
  const { call } = useHub();
  const api = useMemo(() => new BulkConnectApi(call), [call]);
  const [connectionId, setConnectionId] = useState(connections[0]?.id ?? "");
  const [file, setFile] = useState<File | null>(null);
  const state = useFileCheck(api, connectionId, file);
  return (
    <section className="card stack" aria-labelledby="bulk-connect-title">
      <Introduction api={api} />
      <SelectField
        label="Connection"
        value={connectionId}
        choices={connections.map(({ id, name }) => ({ value: id, title: name }))}
        onChange={setConnectionId}
      />
      <FileDrop file={file} isChecking={state.isChecking} onChoose={setFile} />
      {state.error !== null && <Failure error={state.error} onRetry={state.retry} />}
      {file !== null && state.checked !== null && (
        <Checked
          key={`${connectionId} ${state.attempt}`}
          api={api}
          connectionId={connectionId}
          file={file}
          checked={state.checked}
          onStarted={onStarted}
        />
      )}
    </section>
  );
}

function Introduction({ api }: { readonly api: BulkConnectApi }) {
  return (
    <div className="stack-small">
      <div className="card-head">
        <h2 id="bulk-connect-title">Connect existing pairs</h2>
        <DownloadButton kind="subtle" fileName="bulk-connect-template.csv" load={() => api.readTemplate()}>
          Download template
        </DownloadButton>
      </div>
      <p>
        Makes pairs of work items that exist on both sides already, as a file names them. Neither side is changed by that;
        from then on every later change travels.
      </p>
      <p className="quiet small">
        The file is CSV in UTF-8 with the columns <code>local_work_item_id</code> and <code>remote_work_item_id</code>, up to
        10,000 rows. Files that Clean-up Tools write are taken as they are.
      </p>
    </div>
  );
}

interface CheckedProps {
  readonly api: BulkConnectApi;
  readonly connectionId: string;
  readonly file: File;
  readonly checked: CheckedFile;
  readonly onStarted: () => void;
}

function Checked({ api, connectionId, file, checked, onStarted }: CheckedProps) {
  const [options, setOptions] = useState(FIRST_OPTIONS);
  const good = checked.counts.ok ?? 0;
  const wrong = checked.total - good;
  const start = useAction(async () => {
    await api.start(connectionId, file, options);
    onStarted();
  });
  const isReady = good > 0 && (wrong === 0 || options.skipsWrong);
  return (
    <>
      <CheckResult checked={checked} />
      {good > 0 && <ConnectOptionFields options={options} wrong={wrong} onChange={setOptions} />}
      {start.error !== null && <Failure error={start.error} onRetry={start.start} />}
      {good > 0 && (
        <div className="row">
          <Button kind="primary" isDisabled={!isReady} isBusy={start.isRunning} onClick={start.start}>
            {`Connect ${count(good, "pair")}`}
          </Button>
          {!isReady && <span className="quiet small">Mend the file, or choose to skip the rows that can&rsquo;t be connected.</span>}
        </div>
      )}
    </>
  );
}
