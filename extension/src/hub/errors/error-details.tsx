import { useCallback, useState } from "react";

import type { ErrorDetails as Details, ErrorsApi } from "../../common/api/errors-api";
import { count, formatMoment } from "../../common/times";
import { Button } from "../../shared-ui/components/button";
import { CopyCode } from "../../shared-ui/components/copy-code";
import { ExternalLink } from "../../shared-ui/components/external-link";
import { Facts, type Fact } from "../../shared-ui/components/facts";
import { Failure } from "../../shared-ui/components/failure";
import { Message } from "../../shared-ui/components/message";
import { OutOfDate } from "../../shared-ui/components/out-of-date";
import { Skeleton } from "../../shared-ui/components/skeleton";
import { useAction } from "../../shared-ui/hooks/use-action";
import { useLive } from "../../shared-ui/hooks/use-live";
import { useHub } from "../hub-context";
import { ErrorDialogs, type Question } from "./error-dialogs";
import { codeTitle, IMPACT_WORDS, placeLink, sideTitle, statusTitle } from "./error-words";

const INTERVAL_MILLISECONDS = 3_000;

interface ErrorDetailsProps {
  readonly api: ErrorsApi;
  readonly id: string;
  readonly onBack: () => void;
  readonly onChanged: () => void;
}

/** Everything about one error; it follows what becomes of it. */
export function ErrorDetails({ api, id, onBack, onChanged }: ErrorDetailsProps) {
  const load = useCallback((signal: AbortSignal) => api.show(id, signal), [api, id]);
  const { value, error, reload } = useLive(load, INTERVAL_MILLISECONDS);
  return (
    <div className="stack">
      <div>
        <Button kind="subtle" icon="back" onClick={onBack}>
          Back to errors
        </Button>
      </div>
      {value === null && error === null && (
        <div className="card">
          <Skeleton lines={8} label="Loading the error" />
        </div>
      )}
      {value === null && error !== null && <Failure error={error} onRetry={reload} />}
      {value !== null && (
        <>
          <OutOfDate error={error} onRetry={reload} />
          <OpenDetails
            api={api}
            details={value}
            onChanged={() => {
              reload();
              onChanged();
            }}
          />
        </>
      )}
    </div>
  );
}

interface OpenDetailsProps {
  readonly api: ErrorsApi;
  readonly details: Details;
  readonly onChanged: () => void;
}

function OpenDetails({ api, details, onChanged }: OpenDetailsProps) {
  const { go } = useHub();
  const { error } = details;
  const isOpen = error.status === "open";
  return (
    <section className="card stack" aria-label="Error">
      <div>
        <h2 dir="auto">{codeTitle(error.code)}</h2>
        <p dir="auto" className="break">
          {error.message}
        </p>
      </div>
      {isOpen ? <NextStep details={details} /> : <Outcome details={details} />}
      {isOpen && <Actions api={api} details={details} onChanged={onChanged} />}
      <Facts facts={factsOf(details, go)} />
      <Technical details={details} />
    </section>
  );
}

function Outcome({ details }: { readonly details: Details }) {
  const { error, note } = details;
  return (
    <Message kind="success" isAnnounced>
      <strong dir="auto">{statusTitle(details)}</strong> {error.closed_at !== null && formatMoment(error.closed_at)}
      {note !== "" && (
        <p dir="auto" className="break">
          {note}
        </p>
      )}
    </Message>
  );
}

function Actions({ api, details, onChanged }: OpenDetailsProps) {
  const [question, setQuestion] = useState<Question | null>(null);
  const { error } = details;
  const retry = useAction(async () => {
    await api.retry(error.id);
    onChanged();
  });
  return (
    <>
      <div className="row">
        {details.can_retry && (
          <Button kind="primary" icon="refresh" isBusy={retry.isRunning} onClick={() => retry.start()}>
            Retry
          </Button>
        )}
        <Button icon="check" onClick={() => setQuestion({ kind: "resolve", error })}>
          Resolve
        </Button>
        <span role="status">{error.retrying && "It is being tried again. This page follows."}</span>
      </div>
      {retry.error !== null && <Failure error={retry.error} />}
      <ErrorDialogs
        api={api}
        question={question}
        onClose={() => setQuestion(null)}
        onDone={() => {
          setQuestion(null);
          onChanged();
        }}
      />
    </>
  );
}

function NextStep({ details }: { readonly details: Details }) {
  const { go } = useHub();
  const { advice, error } = details;
  const link = placeLink(advice.place, error);
  return (
    <Message kind="info">
      <strong>What to do</strong>
      <p>{advice.step}</p>
      {link !== null && (
        <Button kind="link" onClick={() => go(link.hash)}>
          <bdi>{link.title}</bdi>
        </Button>
      )}
      {advice.place === "work_item" && error.work_item_id !== null && (
        <ExternalLink url={error.url}>{`Open work item ${error.work_item_id}`}</ExternalLink>
      )}
    </Message>
  );
}

function factsOf(details: Details, go: (hash: string) => void): readonly Fact[] {
  const { error } = details;
  const { connection_id: connectionId, connection_name: connectionName } = error;
  const facts: readonly (Fact | null)[] = [
    { name: "Status", value: <span dir="auto">{statusTitle(details)}</span> },
    { name: "Impact", value: IMPACT_WORDS[error.impact].title },
    { name: "What it blocks", value: details.blocks },
    { name: "Where", value: <span dir="auto">{sideTitle(error)}</span> },
    connectionId === null || connectionName === null
      ? null
      : {
          name: "Connection",
          value: (
            <Button kind="link" onClick={() => go(`connections/${encodeURIComponent(connectionId)}`)}>
              <bdi>{connectionName}</bdi>
            </Button>
          ),
        },
    error.work_item_id === null
      ? null
      : { name: "Work item", value: <ExternalLink url={error.url}>{error.work_item_id}</ExternalLink> },
    details.remote_url === null
      ? null
      : { name: "Partner's work item", value: <ExternalLink url={details.remote_url}>{details.remote_url}</ExternalLink> },
    { name: "First time", value: formatMoment(error.opened_at) },
    { name: "Last time", value: formatMoment(error.last_seen_at) },
    { name: "How often", value: count(error.occurrences, "time") },
    details.same_cause === 0
      ? null
      : {
          name: "Same cause",
          value: (
            <Button kind="link" onClick={() => go(`errors/cause/${encodeURIComponent(error.cause)}`)}>
              {count(details.same_cause, "other error")}
            </Button>
          ),
        },
    { name: "Error type", value: <code>{error.code}</code> },
    details.correlation_id === "" ? null : { name: "Correlation id", value: <code>{details.correlation_id}</code> },
  ];
  return facts.filter((fact) => fact !== null);
}

/** Hidden until somebody asks for it. */
function Technical({ details }: { readonly details: Details }) {
  const [isOpen, setOpen] = useState(false);
  if (details.technical === "") return null;
  const { error, correlation_id: correlationId } = details;
  const text = [error.message, `${error.code}, ${error.last_seen_at}, ${correlationId}`, details.technical].join("\n");
  return (
    <div className="stack-small">
      <div>
        <Button kind="subtle" icon="chevron" isExpanded={isOpen} onClick={() => setOpen(!isOpen)}>
          Technical details
        </Button>
      </div>
      {isOpen && <CopyCode label="For whoever looks into it" code={text} copy="Copy" copied="Copied" />}
    </div>
  );
}
