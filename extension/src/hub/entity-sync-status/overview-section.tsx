import type { ListedTwin, TwinDetails, TwinsApi } from "../../common/api/twins-api";
import { errorText } from "../../common/api/error-texts";
import type { SyncError } from "../../common/api/types";
import { count, formatAgo, formatMoment } from "../../common/times";
import { Button } from "../../shared-ui/components/button";
import { ExternalLink } from "../../shared-ui/components/external-link";
import { Facts, type Fact } from "../../shared-ui/components/facts";
import { Failure } from "../../shared-ui/components/failure";
import { Message } from "../../shared-ui/components/message";
import { StatusLabel } from "../../shared-ui/components/status-label";
import { useAction } from "../../shared-ui/hooks/use-action";
import { useNow } from "../../shared-ui/hooks/use-now";
import { describeTwin } from "../../shared-ui/twin-status";
import { useHub } from "../hub-context";

interface OverviewSectionProps {
  readonly api: TwinsApi;
  readonly details: TwinDetails;
  readonly onChanged: () => void;
}

/** Both sides, how the pair is doing, what is wrong with it, and the work item over other connections. */
export function OverviewSection({ api, details, onChanged }: OverviewSectionProps) {
  const now = useNow();
  const { twin, others } = details;
  return (
    <>
      {twin.errors.map((error) => (
        <TwinError key={error.id} api={api} error={error} onChanged={onChanged} />
      ))}
      <div className="twin-sides">
        <Side title="Local work item" id={twin.local?.id} url={twin.local?.url} name={twin.local?.title}>
          {twin.project}
        </Side>
        <Side title="Remote work item" id={twin.remote?.id} url={twin.remote?.url} name={details.remote_title}>
          {twin.remote?.organization_name ?? ""}
        </Side>
      </div>
      <Facts facts={factsOf(details, now)} />
      {others.length > 0 && <Others twins={others} />}
    </>
  );
}

interface SideProps {
  readonly title: string;
  readonly id: string | undefined;
  readonly url: string | undefined;
  readonly name: string | null | undefined;
  readonly children: string;
}

function Side({ title, id, url, name, children }: SideProps) {
  return (
    <div className="twin-side">
      <h3>{title}</h3>
      {id === undefined ? (
        <p className="quiet">It is not there yet.</p>
      ) : (
        <p>
          <ExternalLink url={url}>{name == null || name === "" ? id : `${id}: ${name}`}</ExternalLink>
        </p>
      )}
      <p className="quiet small" dir="auto">
        {children}
      </p>
    </div>
  );
}

function factsOf(details: TwinDetails, now: number): readonly Fact[] {
  const { twin } = details;
  const { word, icon, tone } = describeTwin(twin);
  const { outgoing, incoming } = twin.waiting;
  const files = details.waiting_files === 0 ? "" : `, ${count(details.waiting_files, "file message")} among them`;
  return [
    {
      name: "Status",
      value: (
        <StatusLabel icon={icon} tone={tone}>
          {word}
        </StatusLabel>
      ),
    },
    { name: "Connection", value: <ConnectionLink twin={twin} /> },
    { name: "Last synchronized", value: formatTime(twin.synchronized_at, now) },
    { name: "Last sent", value: formatTime(details.last_outgoing_at, now) },
    { name: "Last received", value: formatTime(details.last_incoming_at, now) },
    { name: "Waiting", value: `${outgoing.toLocaleString()} out, ${incoming.toLocaleString()} in${files}` },
    { name: "Under sync since", value: formatMoment(twin.created_at) },
    { name: "Known revision", value: details.revision ?? "none" },
  ];
}

function formatTime(at: string | null, now: number): string {
  return at === null ? "never, as far as remembered" : `${formatAgo(at, now)} (${formatMoment(at)})`;
}

function ConnectionLink({ twin }: { readonly twin: ListedTwin }) {
  const { go } = useHub();
  return (
    <Button kind="link" onClick={() => go(`connections/${encodeURIComponent(twin.connection_id)}`)}>
      {twin.connection_name}
    </Button>
  );
}

function Others({ twins }: { readonly twins: readonly ListedTwin[] }) {
  const { go } = useHub();
  return (
    <div>
      <h3>Over other connections</h3>
      <ul className="history-values">
        {twins.map((twin) => (
          <li key={twin.id} className="row">
            <Button kind="link" onClick={() => go(`entity-sync-status/${encodeURIComponent(twin.id)}`)}>
              {twin.connection_name}
            </Button>
            <span className="quiet">{describeTwin(twin).word}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}

interface TwinErrorProps {
  readonly api: TwinsApi;
  readonly error: SyncError;
  readonly onChanged: () => void;
}

/** Why the pair stopped, and the way to go on. */
function TwinError({ api, error, onChanged }: TwinErrorProps) {
  const { go, onErrorsChanged } = useHub();
  const retry = useAction(async () => {
    await api.retry(error.id);
    onChanged();
    onErrorsChanged();
  });
  return (
    <Message kind={error.is_transient ? "warning" : "error"} isAnnounced={false}>
      <strong>{errorText(error.code).title}</strong>
      <p dir="auto">{error.message}</p>
      {error.is_transient && <p>It is tried again by itself.</p>}
      <div className="row">
        <Button isBusy={retry.isRunning} onClick={retry.start}>
          Retry
        </Button>
        <Button kind="link" onClick={() => go(`errors/${encodeURIComponent(error.id)}`)}>
          Open the error
        </Button>
      </div>
      {retry.error !== null && <Failure error={retry.error} />}
    </Message>
  );
}
