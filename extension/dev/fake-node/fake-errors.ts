import { IMPACTS, type ErrorDetails, type ErrorGroup, type ErrorItem, type Impact } from "../../src/common/api/errors-api";
import type { FakeOrganization } from "./fake-organization";
import { pageOf, Refusal, textOf, type FakeAnswer, type FakeRequest } from "./messages";

const MINUTE = 60_000;
const GRAVE: readonly Impact[] = ["connection", "node"];
const SEVERITY: readonly Impact[] = ["warning", "work_item", "trigger", "connection", "node"];

/** The errors of the node, for one organization. */
export class FakeErrors {
  items: ErrorItem[] = [];
  private readonly notes = new Map<string, string>();

  answer(request: FakeRequest): FakeAnswer | null {
    const { method, path, query } = request;
    if (!path.startsWith("/errors")) return null;
    switch (`${method} ${path}`) {
      case "GET /errors":
        return { status: 200, body: pageOf(sorted(this.matching(query), query.get("sort"), itemKeys), query) };
      case "GET /errors/groups":
        return { status: 200, body: pageOf(sorted(groupsOf(this.matching(query)), query.get("sort"), groupKeys), query) };
      case "GET /errors/counts":
        return this.counts(request);
      case "POST /errors/retry":
        return { status: 202, body: { count: this.change(request, (item) => ({ ...item, retrying: true })) } };
      case "POST /errors/resolve":
        return { status: 200, body: { count: this.change(request, (item) => this.resolved(item, textOf(request.body, "note"))) } };
      default:
        return this.answerAboutOne(request);
    }
  }

  private answerAboutOne({ method, path, body }: FakeRequest): FakeAnswer | null {
    const [, id = "", step] = /^\/errors\/([^/]+)(?:\/(retry|resolve))?$/.exec(path) ?? [];
    const item = this.items.find((known) => known.id === decodeURIComponent(id));
    if (item === undefined) {
      if (step === "retry") return null;
      throw new Refusal(404, "not_found", `There is no error ${id} here.`);
    }
    if (method === "GET") return { status: 200, body: this.details(item) };
    if (item.status === "history") throw new Refusal(409, "state", "The error is closed already.");
    this.replace(item, step === "retry" ? { ...item, retrying: true } : this.resolved(item, textOf(body, "note")));
    return { status: 204 };
  }

  /** The cause is gone: what was tried again, or is transient, closes. */
  heal(): void {
    this.items = this.items.map((item) =>
      item.status === "open" && (item.retrying || item.is_transient)
        ? { ...item, status: "history", closed_at: new Date().toISOString(), resolution: item.retrying ? "retried" : "by_itself", retrying: false }
        : item,
    );
  }

  private resolved(item: ErrorItem, note: string): ErrorItem {
    this.notes.set(item.id, note);
    return { ...item, status: "history", closed_at: new Date().toISOString(), resolution: "resolved", retrying: false };
  }

  private replace(item: ErrorItem, changed: ErrorItem): void {
    this.items = this.items.map((known) => (known === item ? changed : known));
  }

  private change({ body }: FakeRequest, make: (item: ErrorItem) => ErrorItem): number {
    const query = new URLSearchParams(Object.entries(body).map(([name, value]) => [name, String(value)]));
    const wanted = this.matching(query);
    wanted.forEach((item) => this.replace(item, make(item)));
    return wanted.length;
  }

  private matching(query: URLSearchParams): readonly ErrorItem[] {
    const status = query.get("status") ?? "open";
    const search = (query.get("search") ?? "").toLowerCase();
    const is = (name: string, value: string | null): boolean => !query.has(name) || query.get(name) === value;
    return this.items.filter(
      (item) =>
        item.status === status &&
        is("impact", item.impact) &&
        is("connection_id", item.connection_id) &&
        is("code", item.code) &&
        is("side", item.side) &&
        is("work_item_id", item.work_item_id) &&
        is("cause", item.cause) &&
        `${item.message} ${item.code}`.toLowerCase().includes(search),
    );
  }

  /** What waits for a yes or no; asked where the connections are known. */
  countProposals: () => number = () => 0;
  /** Pairs in conflict; asked where the pairs are known. */
  countConflicting: () => number = () => 0;

  private counts({ query, headers }: FakeRequest): FakeAnswer {
    const wanted = this.matching(query);
    const grave = this.items.filter((item) => item.status === "open" && GRAVE.includes(item.impact));
    const newest = [...grave].sort((one, other) => other.opened_at.localeCompare(one.opened_at))[0] ?? null;
    const body = {
      total: wanted.length,
      impacts: Object.fromEntries(IMPACTS.map((impact) => [impact, wanted.filter((item) => item.impact === impact).length])),
      codes: Object.fromEntries(wanted.map(({ code }) => [code, wanted.filter((item) => item.code === code).length])),
      proposals: this.countProposals(),
      conflicting: this.countConflicting(),
      newest_grave:
        newest === null ? null : { id: newest.id, impact: newest.impact, message: newest.message, opened_at: newest.opened_at },
    };
    const etag = `W/"${encodeURIComponent(JSON.stringify(body))}"`;
    if (headers.get("If-None-Match") === etag) return { status: 304, headers: { ETag: etag } };
    return { status: 200, headers: { ETag: etag }, body };
  }

  private details(item: ErrorItem): ErrorDetails {
    return {
      error: item,
      blocks: item.work_item_id === null ? `All of connection ${item.connection_name ?? ""}.` : `Only work item ${item.work_item_id}; 1 change of it waits. All others go on.`,
      advice: {
        step: item.side === "remote" ? "Their administrator mends it; then retry on either side." : "Mend what the message names, then retry.",
        place: item.side === "remote" ? "partner" : item.work_item_id !== null ? "work_item" : item.impact === "node" ? "settings" : "connection",
      },
      can_retry: item.impact !== "warning",
      same_cause: this.items.filter((other) => other !== item && other.cause === item.cause && other.status === item.status).length,
      subject: "",
      remote_url: item.work_item_id === null ? null : "https://dev.azure.com/adventure/_workitems/edit/91",
      correlation_id: "5f1d00c4ab12ef90",
      technical: "adnode.domain.errors.RuleViolationError [rule_violation]\n  request: PATCH /fabrikam/_apis/wit/workItems/42\n  status: 400",
      resolved_by: item.resolution === "resolved" ? "Ada" : "",
      note: this.notes.get(item.id) ?? "",
      retried_at: item.retrying ? new Date().toISOString() : null,
    };
  }

  /** One cause on 1,200 work items, one of each other impact, one on the partner's side, and some history. */
  addSamples(organization: FakeOrganization): void {
    const [connection] = organization.connections;
    const shared = { connection_id: connection?.id ?? null, connection_name: connection?.name ?? null, partner: "Adventure Works" };
    const add = (id: string, minutes: number, changes: Partial<ErrorItem>): void => {
      const at = new Date(Date.now() - minutes * MINUTE).toISOString();
      this.items.push({
        id,
        impact: "work_item",
        status: "open",
        code: "rule_violation",
        message: "",
        ...shared,
        work_item_id: null,
        url: changes.work_item_id == null ? null : `${organization.information.url}/_workitems/edit/${changes.work_item_id}`,
        side: "local",
        occurrences: 1,
        opened_at: at,
        last_seen_at: at,
        closed_at: changes.status === "history" ? at : null,
        is_transient: false,
        retrying: false,
        resolution: "",
        cause: id,
        ...changes,
      });
    };
    for (let number = 1; number <= 1_200; number += 1) {
      const message = `A rule of the process refused the write. Fields: Microsoft.VSTS.Common.Severity. Work item ${number}: fill in what the rule asks for, or change the rule, then retry.`;
      add(`rule-${number}`, 10 + number, { message, cause: "cause-rule", work_item_id: String(number) });
    }
    add("unreachable", 3, {
      impact: "connection",
      code: "peer_unreachable",
      message: "The other node at node.adventure.example gave no usable answer (ConnectError). It is tried again by itself.",
      is_transient: true,
      occurrences: 14,
    });
    add("credential", 2, {
      impact: "node",
      code: "azure_devops_authentication",
      message: "Changes are not noticed: Azure DevOps does not accept the credential: it is wrong, expired or revoked. Replace it.",
      connection_id: null,
      connection_name: null,
      partner: null,
      occurrences: 8,
    });
    add("there", 55, { message: "Das Feld „Schweregrad“ ist erforderlich.", side: "remote", work_item_id: "4711" });
    add("trigger", 90, { impact: "trigger", code: "query_refused", message: "The trigger “Bugs of the first line” can't be evaluated: the query is too slow." });
    add("warning", 120, { impact: "warning", code: "invitation_used", message: "Somebody else tried to use the invitation after it was accepted." });
    add("healed", 600, { code: "peer_unreachable", impact: "connection", message: "The other node gave no usable answer.", status: "history", resolution: "by_itself", occurrences: 3 });
    add("retried", 700, { message: "Field Severity is required.", work_item_id: "77", status: "history", resolution: "retried" });
  }
}

function groupsOf(items: readonly ErrorItem[]): readonly ErrorGroup[] {
  const groups = new Map<string, ErrorItem[]>();
  items.forEach((item) => groups.set(item.cause, [...(groups.get(item.cause) ?? []), item]));
  return [...groups.entries()].flatMap(([cause, records]) => {
    const [sample] = records;
    if (sample === undefined) return [];
    const times = records.map((record) => record.closed_at ?? record.opened_at).sort();
    return [
      {
        cause,
        records: records.length,
        work_items: new Set(records.map((record) => record.work_item_id).filter((id) => id !== null)).size,
        occurrences: records.reduce((sum, record) => sum + record.occurrences, 0),
        oldest_at: times[0] ?? "",
        newest_at: times.at(-1) ?? "",
        sample,
      },
    ];
  });
}

interface Keys {
  readonly time: string;
  readonly count: number;
  readonly impact: number;
}

function itemKeys(item: ErrorItem): Keys {
  return { time: item.closed_at ?? item.opened_at, count: item.occurrences, impact: SEVERITY.indexOf(item.impact) };
}

function groupKeys(group: ErrorGroup): Keys {
  return { time: group.newest_at, count: group.records, impact: SEVERITY.indexOf(group.sample.impact) };
}

function sorted<Row>(rows: readonly Row[], sort: string | null, keysOf: (row: Row) => Keys): readonly Row[] {
  const wanted = sort ?? "-time";
  const name = wanted.replace("-", "") as keyof Keys;
  const way = wanted.startsWith("-") ? -1 : 1;
  return [...rows].sort((one, other) => (keysOf(one)[name] < keysOf(other)[name] ? -way : way));
}
