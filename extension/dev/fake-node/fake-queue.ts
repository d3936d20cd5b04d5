import type {
  EventColumn,
  EventHold,
  EventStatus,
  Lane,
  QueueEvent,
  QueueEventDetails,
  QueueSample,
} from "../../src/common/api/queue-api";
import type { FakeOrganization } from "./fake-organization";
import { pageOf, Refusal, type FakeAnswer, type FakeRequest } from "./messages";

const MINUTE = 60_000;
const FINISHED: readonly EventStatus[] = ["synchronized", "cancelled"];
const LANES: readonly Lane[] = ["outgoing_sync", "incoming_sync", "outgoing_attachments", "incoming_attachments"];

/** The sync queue of the node, and how it was in the last hours. */
export class FakeQueue {
  events: QueueEventDetails[] = [];
  samples: { outgoing: QueueSample[]; incoming: QueueSample[] } = { outgoing: [], incoming: [] };
  private sequence = 0;

  answer(request: FakeRequest, organization: FakeOrganization, user: string): FakeAnswer | null {
    const [, root, direction, key = "", action] = request.path.split("/");
    if (root !== "queue") return null;
    if (direction === undefined) return { status: 200, body: this.list(request.query) };
    if (direction === "counts") return { status: 200, body: this.count(request.query.get("connection")) };
    if (direction === "samples") return { status: 200, body: this.history(Number(request.query.get("hours") ?? 24)) };
    const event = this.find(direction, decodeURIComponent(key));
    if (action === "cancel") return { status: 200, body: this.cancel(event, organization, user) };
    if (action === "send-again") return { status: 202, body: this.sendAgain(event, organization, user) };
    return { status: 200, body: event };
  }

  private find(direction: string, key: string): QueueEventDetails {
    const found = this.events.find((event) => event.direction === direction && event.key === key);
    if (found === undefined) throw new Refusal(404, "not_found", "There is no such event in the sync queue.");
    return found;
  }

  private list(query: URLSearchParams) {
    const wanted = (name: string, value: string): boolean => [null, "", value].includes(query.get(name));
    const number = query.get("work_item");
    const found = this.events.filter(
      (event) =>
        event.lane === query.get("lane") &&
        wanted("connection", event.connection_id) &&
        wanted("status", event.status) &&
        (number === null || [event.local?.id, event.remote?.id].includes(number)) &&
        (query.get("finished") === "true" || !FINISHED.includes(event.status)),
    );
    return pageOf(sorted(found, query.get("sort") ?? "created_at"), query);
  }

  private count(connection: string | null) {
    const open = this.events.filter(
      (event) => !FINISHED.includes(event.status) && (connection === null || event.connection_id === connection),
    );
    return Object.fromEntries(LANES.map((lane) => [lane, open.filter((event) => event.lane === lane).length]));
  }

  private history(hours: number) {
    const since = Date.now() - hours * 60 * MINUTE;
    const recent = (samples: readonly QueueSample[]) => samples.filter(({ at }) => Date.parse(at) >= since);
    return {
      minutes_each: 1,
      since: new Date(since).toISOString(),
      until: new Date().toISOString(),
      outgoing: recent(this.samples.outgoing),
      incoming: recent(this.samples.incoming),
    };
  }

  private replace(event: QueueEventDetails, changes: Partial<QueueEventDetails>): QueueEventDetails {
    const changed = { ...event, ...changes };
    this.events = this.events.map((known) => (known === event ? changed : known));
    return changed;
  }

  private cancel(event: QueueEventDetails, organization: FakeOrganization, user: string): QueueEventDetails {
    if (!event.can_cancel) throw new Refusal(409, "state", `Event ${event.sequence} can't be cancelled: it is ${event.status}.`);
    organization.record(user, "queue_event_cancelled", organization.find(event.connection_id) ?? null);
    return this.replace(event, {
      status: "cancelled",
      hold: "",
      hold_since: null,
      reason: `Cancelled by ${user}`,
      settled_at: new Date().toISOString(),
      can_cancel: false,
      can_send_again: event.direction === "outgoing",
    });
  }

  private sendAgain(event: QueueEventDetails, organization: FakeOrganization, user: string): QueueEventDetails {
    organization.record(user, "queue_event_sent_again", organization.find(event.connection_id) ?? null);
    if (event.direction === "incoming") {
      return this.replace(event, { status: "applying", can_send_again: false });
    }
    this.add({ ...event, status: "waiting", hold: "", reason: "", can_cancel: true, can_send_again: false });
    return this.replace(event, { status: "cancelled", reason: "Sent again as a new event", can_cancel: false });
  }

  add(changes: Partial<QueueEventDetails>): QueueEventDetails {
    this.sequence += 1;
    const id = `3f2a9c${String(this.sequence).padStart(26, "0")}`;
    const event: QueueEventDetails = { ...MODEL, ...changes, id, key: `key-${this.sequence}`, sequence: this.sequence };
    this.events = [...this.events, event];
    return event;
  }

  /** Events in every lane, so many of them outgoing changes in all statuses; and samples of so many minutes. */
  addSamples(organization: FakeOrganization, count = 120, minutes = 180): void {
    const [active, , deactivated] = organization.connections;
    for (let number = 1; number <= count; number += 1) {
      const connection = number % 5 === 0 ? deactivated : active;
      const item = { id: String(100 + number), url: `https://dev.azure.com/fabrikam/_workitems/edit/${100 + number}` };
      this.add({
        ...statusOf(number),
        connection_id: connection?.id ?? "",
        connection_name: connection?.name ?? "",
        remote_name: connection?.remote?.organization_name ?? "Adventure Works",
        local: item,
        remote: { ...item, id: String(900 + number) },
        twin_id: `b7e1${String(number).padStart(28, "0")}`,
        created_at: new Date(Date.now() - (count + 10 - number) * 7 * MINUTE).toISOString(),
      });
    }
    const incoming = { direction: "incoming", lane: "incoming_sync" } as const;
    this.add({ ...incoming, status: "failed", can_send_again: true, errors: [ERROR], attempts: 3 });
    this.add({ ...incoming, status: "blocked", hold: "failed_event", errors: [ERROR] });
    this.add({ ...incoming, kind: "applied", can_cancel: false, changes: [], summary: "Says that 2 events arrived in the work item." });
    this.add({ lane: "incoming_attachments", kind: "content_requested", can_cancel: false, changes: [], summary: "2 files" });
    this.addHistory(minutes);
  }

  private addHistory(minutes: number): void {
    for (let minute = minutes; minute >= 0; minute -= 1) {
      const at = new Date(Date.now() - minute * MINUTE).toISOString();
      const wave = Math.max(0, Math.round(60 * Math.sin(minute / 22)));
      this.samples.outgoing.push({ at, depth: 20 + wave, oldest_seconds: 30 + wave * 11, settled: 40 - Math.round(wave / 2) });
      this.samples.incoming.push({ at, depth: minute % 17, oldest_seconds: (minute % 17) * 8, settled: 25 + (minute % 9) });
    }
  }
}

function statusOf(number: number): Pick<QueueEvent, "status" | "hold" | "can_cancel" | "can_send_again" | "attempts"> {
  const is = (status: EventStatus, hold: EventHold = "", attempts = 0) => ({
    status,
    hold,
    attempts,
    can_cancel: ["waiting", "blocked", "failed"].includes(status),
    can_send_again: ["failed", "sent", "synchronized"].includes(status),
  });
  if (number % 5 === 0) return is("blocked", "connection_not_active");
  if (number % 17 === 0) return is("failed", "", 2);
  if (number % 11 === 0) return is("sent", "", 1);
  if (number % 13 === 0) return is("synchronized", "", 1);
  return is("waiting");
}

function sorted(events: readonly QueueEventDetails[], sort: string): readonly QueueEventDetails[] {
  const column = sort.replace(/^-/, "") as EventColumn;
  const sign = sort.startsWith("-") ? -1 : 1;
  return [...events].sort((one, other) => sign * valueOf(one, column).localeCompare(valueOf(other, column)));
}

function valueOf(event: QueueEventDetails, column: EventColumn): string {
  if (column === "sequence") return String(event.sequence).padStart(9, "0");
  if (column === "work_item") return (event.local?.id ?? "").padStart(9, "0");
  if (column === "connection") return event.connection_name;
  return event[column];
}

const ERROR = {
  id: "error-1",
  code: "rule_violation",
  message: "Work item 142 can't be written: field Severity is required.",
  is_remote: false,
  is_transient: false,
};

const MODEL: QueueEventDetails = {
  key: "",
  id: "",
  direction: "outgoing",
  lane: "outgoing_sync",
  sequence: 0,
  status: "waiting",
  hold: "",
  hold_since: null,
  reason: "",
  connection_id: "",
  connection_name: "fabrikam to Adventure Works",
  remote_name: "Adventure Works",
  kind: "state",
  twin_id: "b7e10000000000000000000000000142",
  local: { id: "142", url: "https://dev.azure.com/fabrikam/_workitems/edit/142" },
  remote: { id: "942", url: "https://dev.azure.com/adventure/_workitems/edit/942" },
  created_at: new Date(Date.now() - 12 * MINUTE).toISOString(),
  settled_at: null,
  attempts: 0,
  last_attempt_at: null,
  can_cancel: true,
  can_send_again: false,
  summary: "",
  changes: [
    {
      thing: "summary",
      subject: "",
      text: "Login fails after the update",
      is_deleted: false,
      changed_at: new Date(Date.now() - 13 * MINUTE).toISOString(),
      side: "local",
    },
    {
      thing: "comment",
      subject: "Ada",
      text: "It still happens with the newest version.",
      is_deleted: false,
      changed_at: new Date(Date.now() - 14 * MINUTE).toISOString(),
      side: "local",
    },
  ],
  errors: [],
  document: { kind: "state", sequence: 1, body: { work_item_id: 142, registers: { summary: { value: "Login fails after the update" } } } },
};
