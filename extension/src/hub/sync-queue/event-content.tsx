import type { ReactNode } from "react";

import type { EventChange, EventError, QueueEventDetails } from "../../common/api/queue-api";
import { formatMoment } from "../../common/times";
import { Button } from "../../shared-ui/components/button";
import { CopyCode } from "../../shared-ui/components/copy-code";
import { ExternalLink } from "../../shared-ui/components/external-link";
import { Facts, type Fact } from "../../shared-ui/components/facts";
import { Message } from "../../shared-ui/components/message";
import { useHub } from "../hub-context";
import { EventStatusLabel } from "./event-list";
import { changeText, changeTitle, EXPLANATIONS, holdText, kindTitle, LANES } from "./event-words";

export function EventContent({ event }: { readonly event: QueueEventDetails }) {
  const hold = holdText(event);
  return (
    <>
      <div className="stack-small">
        <EventStatusLabel event={event} />
        <p>{hold === "" ? EXPLANATIONS[event.status] : hold}</p>
        {event.reason !== "" && <p dir="auto">{event.reason}.</p>}
      </div>
      {event.errors.map((error) => (
        <ErrorNote key={error.id} error={error} />
      ))}
      <Facts facts={factsOf(event)} />
      <Changes event={event} />
      <CopyCode
        label="Replica as JSON"
        code={JSON.stringify(event.document, null, 2)}
        copy="Copy JSON"
        copied="The JSON was copied."
      />
      <p className="quiet small">Long texts are cut short here, and nothing secret is in it.</p>
    </>
  );
}

function ErrorNote({ error }: { readonly error: EventError }) {
  const { go } = useHub();
  return (
    <Message kind={error.is_transient ? "warning" : "error"} isAnnounced={false}>
      <strong>{error.is_remote ? "An error on the other side:" : "An error about this work item:"}</strong>
      <p dir="auto">{error.message}</p>
      <div className="row">
        <Button onClick={() => go(`errors/${encodeURIComponent(error.id)}`)}>Open the error</Button>
      </div>
    </Message>
  );
}

function factsOf(event: QueueEventDetails): readonly Fact[] {
  const lane = LANES.find(({ key }) => key === event.lane);
  const moment = (iso: string | null): ReactNode => (iso === null ? "not yet" : formatMoment(iso));
  return [
    { name: "Queue", value: lane?.title ?? event.lane },
    { name: "Sync type", value: kindTitle(event.kind) },
    ...(event.summary === "" ? [] : [{ name: "Says", value: <span dir="auto">{event.summary}</span> }]),
    { name: "Connection", value: <span dir="auto">{event.connection_name}</span> },
    ...(event.local === null
      ? []
      : [{ name: "Work item", value: <ExternalLink url={event.local.url}>{event.local.id}</ExternalLink> }]),
    ...(event.remote === null
      ? []
      : [
          {
            name: `In ${event.remote_name}`,
            value: <ExternalLink url={event.remote.url}>{event.remote.id}</ExternalLink>,
          },
        ]),
    { name: "Created", value: moment(event.created_at) },
    { name: "Attempts", value: event.attempts.toLocaleString() },
    { name: "Last attempt", value: moment(event.last_attempt_at) },
    { name: "Finished", value: moment(event.settled_at) },
    { name: "ID", value: <span className="mono">{event.id}</span> },
    ...(event.twin_id === "" ? [] : [{ name: "Twin trace ID", value: <span className="mono">{event.twin_id}</span> }]),
  ];
}

function Changes({ event }: { readonly event: QueueEventDetails }) {
  const { organization } = useHub();
  if (event.changes.length === 0) return null;
  const nameOf = ({ side }: EventChange): string =>
    side === "local" ? organization.name : side === "remote" ? event.remote_name : "another organization";
  return (
    <section className="stack-small" aria-label="Changes">
      <h3>Changes</h3>
      <ul className="event-changes">
        {event.changes.map((change) => (
          <li key={`${change.thing} ${change.subject} ${change.changed_at} ${change.text}`}>
            <strong dir="auto">{changeTitle(change)}</strong>
            <span dir="auto" className="break">
              {changeText(change)}
            </span>
            <span className="quiet small">
              Changed in <span dir="auto">{nameOf(change)}</span>, {formatMoment(change.changed_at)}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
