import { useCallback, useState } from "react";

import type { ApiError } from "../../common/api/api-error";
import type { QueueApi, QueueEventDetails } from "../../common/api/queue-api";
import { Button } from "../../shared-ui/components/button";
import { Failure } from "../../shared-ui/components/failure";
import { Message } from "../../shared-ui/components/message";
import { OutOfDate } from "../../shared-ui/components/out-of-date";
import { Panel } from "../../shared-ui/components/panel";
import { Skeleton } from "../../shared-ui/components/skeleton";
import { useAction } from "../../shared-ui/hooks/use-action";
import { useLive } from "../../shared-ui/hooks/use-live";
import { CancelQuestion } from "./cancel-question";
import { EventContent } from "./event-content";

/** Where an event is; "" as key for none. */
export interface EventPlace {
  readonly direction: string;
  readonly eventKey: string;
}

interface EventPanelProps {
  readonly api: QueueApi;
  readonly place: EventPlace;
  readonly intervalMilliseconds: number | null;
  readonly onClose: () => void;
  readonly onChanged: () => void;
}

/** One event: what it is about, what holds it, and what can be done about it. */
export function EventPanel({ api, place, intervalMilliseconds, onClose, onChanged }: EventPanelProps) {
  const { direction, eventKey } = place;
  const load = useCallback((signal: AbortSignal) => api.get(direction, eventKey, signal), [api, direction, eventKey]);
  const { value, error, reload } = useLive(load, intervalMilliseconds);
  const [isAsking, setAsking] = useState(false);
  const [outcome, setOutcome] = useState("");
  const done = (said: string): void => {
    setOutcome(said);
    reload();
    onChanged();
  };
  const again = useAction(async (event: QueueEventDetails) => {
    await api.sendAgain(event);
    done(event.direction === "outgoing" ? "All of today's state is on its way as a new event." : "It is applied again.");
  });
  const title = value === null ? "Event" : `Event ${value.sequence.toLocaleString()}`;
  return (
    <Panel
      title={title}
      onClose={onClose}
      footer={
        <PanelButtons
          event={value}
          isBusy={again.isRunning}
          onCancel={() => setAsking(true)}
          onAgain={again.start}
          onClose={onClose}
        />
      }
    >
      <div className="stack">
        <Outcome text={outcome} />
        {again.error !== null && <Failure error={again.error} />}
        <Loaded event={value} error={error} onRetry={reload} />
      </div>
      {isAsking && value !== null && (
        <CancelQuestion
          api={api}
          event={value}
          onClose={() => setAsking(false)}
          onDone={() => {
            setAsking(false);
            done("The event was cancelled.");
          }}
        />
      )}
    </Panel>
  );
}

function Outcome({ text }: { readonly text: string }) {
  return (
    <div role="status">
      {text !== "" && (
        <Message kind="success" isAnnounced={false}>
          {text}
        </Message>
      )}
    </div>
  );
}

interface LoadedProps {
  readonly event: QueueEventDetails | null;
  readonly error: ApiError | null;
  readonly onRetry: () => void;
}

function Loaded({ event, error, onRetry }: LoadedProps) {
  if (event === null) {
    return error === null ? (
      <Skeleton lines={8} label="Loading the event" />
    ) : (
      <Failure error={error} onRetry={onRetry} />
    );
  }
  return (
    <>
      <OutOfDate error={error} onRetry={onRetry} />
      <EventContent event={event} />
    </>
  );
}

interface PanelButtonsProps {
  readonly event: QueueEventDetails | null;
  readonly isBusy: boolean;
  readonly onCancel: () => void;
  readonly onAgain: (event: QueueEventDetails) => void;
  readonly onClose: () => void;
}

function PanelButtons({ event, isBusy, onCancel, onAgain, onClose }: PanelButtonsProps) {
  return (
    <>
      {event?.can_cancel === true && (
        <Button icon="block" onClick={onCancel}>
          Cancel event
        </Button>
      )}
      {event?.can_send_again === true && (
        <Button kind="primary" icon="refresh" isBusy={isBusy} onClick={() => onAgain(event)}>
          {event.direction === "outgoing" ? "Send again" : "Apply again"}
        </Button>
      )}
      <Button onClick={onClose}>Close</Button>
    </>
  );
}
