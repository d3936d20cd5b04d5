import type { Conflict, ListedTwin, SyncedChange, Trace, TwinDetails } from "../../src/common/api/twins-api";
import type { Connection } from "../../src/common/api/types";
import type { FakeOrganization } from "./fake-organization";
import { makeTwin } from "./fake-work-items";
import { pageOf, Refusal, type FakeAnswer, type FakeRequest } from "./messages";

const MINUTE = 60_000;

/** The routes of Entity Sync Status, over the pairs that the organization has. */
export class FakeTwins {
  /** What is known of a pair beside the pair itself, by its id. */
  readonly conflicts = new Map<string, Conflict[]>();
  readonly history = new Map<string, SyncedChange[]>();
  readonly traces = new Map<string, Trace[]>();

  answer(request: FakeRequest, organization: FakeOrganization): FakeAnswer | null {
    const { method, path } = request;
    if (path === "/twins") return { status: 200, body: pageOf(this.find(request, organization), request.query) };
    if (path === "/twins/export") return { status: 200, body: this.export(request, organization) };
    if (path === "/work-items/search") return { status: 200, body: this.search(request, organization) };
    const decided = /^\/conflicts\/([^/]+)\/(restore|dismiss)$/.exec(path);
    if (decided !== null) return this.decide(decided[1] ?? "", decided[2] === "restore");
    const [, id = "", part = ""] = /^\/twins\/([^/]+)(?:\/(history|traces|sync-now))?$/.exec(path) ?? [];
    if (id === "") return null;
    const twin = organization.twins.find((known) => known.id === decodeURIComponent(id));
    if (twin === undefined) throw new Refusal(404, "not_found", `There is no pair of work items ${id} here. Reload the list.`);
    if (part === "history") return { status: 200, body: pageOf(this.history.get(twin.id) ?? [], request.query) };
    if (part === "traces") return { status: 200, body: pageOf(this.traces.get(twin.id) ?? [], request.query) };
    if (part === "sync-now" && method === "POST") return { status: 204 };
    return { status: 200, body: this.details(listed(twin), organization) };
  }

  /** Pairs in every state, a conflict, a history. */
  addSamples(organization: FakeOrganization, amount = 60): void {
    const [connection] = organization.connections;
    if (connection === undefined) return;
    for (let number = 1; number <= amount; number += 1) organization.twins.push(samplePair(organization, connection, number));
    const first = organization.twins.find(({ local }) => local?.id === "1001");
    if (first !== undefined) this.addDetails(first.id);
  }

  /** How many pairs have a conflict that nobody has decided on. */
  countConflicting({ twins }: FakeOrganization): number {
    const isUndecided = ({ status }: Conflict): boolean => status === "open" || status === "wanted";
    return twins.filter(({ id, conflicts }) => this.conflicts.get(id)?.some(isUndecided) ?? conflicts > 0).length;
  }

  private addDetails(id: string): void {
    const at = (minutes: number): string => new Date(Date.now() - minutes * MINUTE).toISOString();
    const value = (text: string, isLocal: boolean, minutes: number) => ({
      text,
      changed_at: at(minutes),
      is_local: isLocal,
      is_deleted: false,
    });
    this.conflicts.set(id, [
      {
        id: "conflict-1",
        twin_id: id,
        thing: "summary",
        subject: "",
        status: "open",
        happened_at: at(30),
        resolved_at: null,
        resolved_by: "",
        kept: value("Login fails after the update of Tuesday", false, 31),
        lost: value("Login fails since version 4.2", true, 32),
        current: value("Login fails after the update of Tuesday", false, 31),
        can_restore: true,
        reason: "",
      },
      {
        id: "conflict-2",
        twin_id: id,
        thing: "attachment",
        subject: "log.txt",
        status: "open",
        happened_at: at(40),
        resolved_at: null,
        resolved_by: "",
        kept: { ...value("", false, 41), is_deleted: true },
        lost: value("", true, 42),
        current: null,
        can_restore: false,
        reason: "A file can't be taken back from a conflict. Attach it again, or remove it, in Azure DevOps; that is synchronized.",
      },
    ]);
    this.history.set(
      id,
      Array.from({ length: 25 }, (_, index) => ({
        id: `change-${index}`,
        at: at(5 + index * 7),
        direction: index % 2 === 0 ? ("incoming" as const) : ("outgoing" as const),
        values: [
          { thing: "summary" as const, text: `Login fails, take ${25 - index}`, subject: "", is_deleted: false },
          { thing: "comment" as const, text: "I can see it, too.", subject: "Grace Hopper", is_deleted: false },
        ],
        more: index === 3 ? 4 : 0,
      })),
    );
    this.traces.set(id, [
      { kind: "attachment", key: "partner:0f3a", local_id: "7c1d-guid", is_local: false, name: "screenshot.png", is_deleted: false },
      { kind: "comment", key: "fabrikam:17", local_id: "17", is_local: true, name: "Ada Lovelace", is_deleted: false },
      { kind: "comment", key: "partner:4", local_id: "18", is_local: false, name: "Grace Hopper", is_deleted: true },
    ]);
  }

  private find({ query }: FakeRequest, organization: FakeOrganization): ListedTwin[] {
    const text = (query.get("text") ?? "").toLowerCase();
    if (text.includes("example.com")) {
      throw new Refusal(422, "validation", "This address belongs neither to your organization nor to a partner of yours.");
    }
    const number = /(\d+)\D*$/.exec(text)?.[1];
    const found = organization.twins.map(listed).filter(
      (twin) =>
        fits(query.get("connection"), twin.connection_id) &&
        fits(query.get("status"), twin.status) &&
        fits(query.get("project"), twin.project) &&
        fits(query.get("has_error"), String(twin.errors.length > 0)) &&
        fits(query.get("has_conflict"), String(twin.conflicts > 0)) &&
        (text === "" ||
          twin.local?.id === number ||
          twin.remote?.id === number ||
          (twin.local?.title ?? "").toLowerCase().includes(text)),
    );
    const sort = query.get("sort") ?? "-synchronized_at";
    const sign = sort.startsWith("-") ? -1 : 1;
    const key = (twin: ListedTwin): string => keyOf(twin, sort.replace("-", ""));
    return found.sort((first, second) => sign * (key(first) < key(second) ? -1 : key(first) > key(second) ? 1 : 0));
  }

  private export(request: FakeRequest, organization: FakeOrganization): string {
    const rows = this.find(request, organization).map((twin) => `${twin.status},${twin.local?.id ?? ""},${twin.local?.title ?? ""}`);
    return ["status,work_item_id,title", ...rows].join("\r\n");
  }

  private search({ query }: FakeRequest, organization: FakeOrganization) {
    const text = query.get("text") ?? "";
    const nothing = { twins: [], total: 0, work_item: null, project: null, type: null, connections: [] };
    if (text.includes("partner")) return { ...nothing, finding: "remote_not_under_sync" };
    const number = /^#?(\d+)$/.exec(text)?.[1];
    if (number === undefined) return { ...nothing, finding: "no_match" };
    const title = organization.workItems.get(number);
    if (title === undefined) return { ...nothing, finding: "not_found" };
    return {
      ...nothing,
      finding: "not_under_sync",
      work_item: { id: number, url: `${organization.information.url}/_workitems/edit/${number}`, title },
      project: "Alpha",
      type: "Bug",
      connections: usable(organization.connections),
    };
  }

  private decide(id: string, isRestore: boolean): FakeAnswer {
    for (const [twinId, conflicts] of this.conflicts) {
      const found = conflicts.find((conflict) => conflict.id === id);
      if (found === undefined) continue;
      const decided: Conflict = {
        ...found,
        status: isRestore ? "wanted" : "dismissed",
        resolved_at: new Date().toISOString(),
        resolved_by: "Ada",
        can_restore: false,
      };
      this.conflicts.set(twinId, conflicts.map((conflict) => (conflict === found ? decided : conflict)));
      return { status: 200, body: decided };
    }
    throw new Refusal(404, "not_found", `There is no conflict ${id} here.`);
  }

  private details(twin: ListedTwin, organization: FakeOrganization): TwinDetails {
    const register = { value: twin.local?.title ?? "", version: [2, 1], changed_at: twin.created_at, changed_in: "here" };
    const same = organization.twins.filter(({ id, local }) => id !== twin.id && local?.id === twin.local?.id);
    const used = [twin, ...same].map(({ connection_id: id }) => id);
    return {
      twin,
      revision: 4,
      remote_title: twin.remote === null ? null : (twin.local?.title ?? null),
      last_outgoing_at: twin.changed_at,
      last_incoming_at: null,
      waiting_files: 0,
      traces: this.traces.get(twin.id)?.length ?? 0,
      changes: this.history.get(twin.id)?.length ?? 0,
      conflicts: this.conflicts.get(twin.id) ?? [],
      others: same.map(listed),
      free: usable(organization.connections.filter(({ id }) => !used.includes(id))),
      held: { registers: { summary: register }, left_out: 0, at: twin.synchronized_at },
      received: null,
    };
  }
}

function usable(connections: readonly Connection[]) {
  return connections.filter(({ status }) => status === "active").map(({ id, name, status }) => ({ id, name, status }));
}

function fits(wanted: string | null, value: string): boolean {
  return wanted === null || wanted === value;
}

function keyOf(twin: ListedTwin, sort: string): string {
  if (sort === "work_item_id") return (twin.local?.id ?? "").padStart(12, "0");
  if (sort === "title") return twin.local?.title ?? "";
  if (sort === "status") return twin.status;
  if (sort === "connection") return twin.connection_name;
  return twin.synchronized_at ?? "9";
}

function listed(twin: FakeOrganization["twins"][number]): ListedTwin {
  const more = twin as Partial<ListedTwin>;
  return {
    ...twin,
    project: more.project ?? "Alpha",
    created_at: more.created_at ?? "2026-10-01T08:00:00Z",
    direction: more.direction ?? null,
    changed_at: more.changed_at ?? null,
  };
}

const TITLES = ["Login fails after the update", "Print the answer", "تعطل الطباعة", "Rename the button that nobody finds because its name is too long"];

function samplePair(organization: FakeOrganization, connection: Connection, number: number): ListedTwin {
  const twin = makeTwin(organization, connection, String(1000 + number));
  const at = new Date(Date.now() - number * 13 * MINUTE).toISOString();
  const isFailed = number % 7 === 3;
  return {
    ...listed(twin),
    status: isFailed ? "failed" : number % 11 === 5 ? "remote_removed" : "synchronized",
    local: {
      id: String(1000 + number),
      url: `${organization.information.url}/_workitems/edit/${1000 + number}`,
      title: `${TITLES[number % TITLES.length] ?? ""} ${number}`,
    },
    remote: {
      id: String(5000 + number),
      url: `https://dev.azure.com/partner/_workitems/edit/${5000 + number}`,
      organization_name: connection.remote?.organization_name ?? "partner",
    },
    synchronized_at: at,
    changed_at: at,
    direction: number % 2 === 0 ? "outgoing" : "incoming",
    in_progress: number % 9 === 2,
    waiting: number % 9 === 2 ? { outgoing: 2, incoming: 1 } : { outgoing: 0, incoming: 0 },
    conflicts: number === 1 ? 2 : 0,
    errors: isFailed
      ? [
          {
            id: `error-of-${number}`,
            code: "rule_violation",
            message: "The field Severity of the type Bug in project Alpha is required and has no value.",
            opened_at: at,
            is_transient: false,
          },
        ]
      : [],
  };
}
