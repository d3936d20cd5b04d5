import type { CheckedFile, CheckedRow, Verdict } from "../../src/common/api/bulk-connect-api";
import type { CleanUpPreview, CleanUpWish, ConnectionCleanUp, SyncMetadata } from "../../src/common/api/clean-up-api";
import type { FakeJobs } from "./fake-jobs";
import type { FakeOrganization } from "./fake-organization";
import { Refusal, type FakeAnswer, type FakeRequest } from "./messages";

const REASONS: Readonly<Partial<Record<Verdict, string>>> = {
  malformed: "local_work_item_id “=1+1” is a formula or has a sign, and nothing is calculated here. Write the number itself.",
  duplicate: "The same pair stands in line 2.",
  not_found: "Work item 4711 does not exist here, is in the recycle bin, or the account of this node may not read it.",
  already_synced: "Work item 12 is under sync with 7012 over this connection already.",
  out_of_scope: "Work item 77 is in project Secret; the connection is for Alpha.",
};
const NOTHING: SyncMetadata = { twins: 0, outgoing: 0, incoming: 0, errors: 0, conflicts: 0, traces: 0 };

/** Files of pairs and clean-ups. Files are not looked into: what is wrong with them is set by the test. */
export class FakeBulkConnect {
  good = 300;
  problems: CheckedRow[] = [];
  /** How many wrong lines there are in all; more than are named. */
  wrong = 0;
  /** Why the other sides can't be told. */
  orphaning: string | null = null;
  hasPairs = true;
  readonly bodies: Readonly<Record<string, unknown>>[] = [];
  readonly queries: string[] = [];

  constructor(private readonly jobs: FakeJobs) {}

  addProblems(...verdicts: Verdict[]): void {
    this.problems = verdicts.map((verdict, place) => ({
      line: 3 + place,
      local_work_item_id: verdict === "malformed" ? null : String(4711 + place),
      remote_work_item_id: String(8000 + place),
      verdict,
      reason: REASONS[verdict] ?? "",
    }));
    this.wrong = this.problems.length;
  }

  answer(request: FakeRequest, organization: FakeOrganization): FakeAnswer | null {
    const [, id = "", step] = /^\/connections\/([^/]+)\/bulk-connect(\/check)?$/.exec(request.path) ?? [];
    if (id !== "" && request.method === "POST") {
      return step === undefined ? this.start(request, id, organization) : { status: 200, body: this.check() };
    }
    if (request.path === "/bulk-connect/template") return file("local_work_item_id,remote_work_item_id\r\n");
    if (request.path === "/clean-up/preview") return { status: 200, body: this.preview(request, organization) };
    if (request.path === "/clean-up") return this.cleanUp(request, organization);
    if (/^\/clean-up\/[^/]+\/file$/.test(request.path)) {
      return file("local_work_item_id,remote_work_item_id,connection\r\n1,11,fabrikam to Adventure Works\r\n");
    }
    return null;
  }

  private check(): CheckedFile {
    const counts: Partial<Record<Verdict, number>> = this.good > 0 ? { ok: this.good } : {};
    for (const { verdict } of this.problems) counts[verdict] = (counts[verdict] ?? 0) + 1;
    return { encoding: "UTF-8", delimiter: ";", total: this.good + this.wrong, counts, problems: this.problems };
  }

  private start(request: FakeRequest, id: string, organization: FakeOrganization): FakeAnswer {
    this.queries.push(request.query.toString());
    const name = organization.connections.find((connection) => connection.id === id)?.name ?? "";
    const counts = { waiting: this.good, ...(this.wrong > 0 ? { skipped: this.wrong } : {}) };
    const title = `Connect ${this.good} pairs over ${name}`;
    return { status: 202, body: this.jobs.add("bulk_connect", counts, { title, connection_id: id }) };
  }

  private preview(request: FakeRequest, organization: FakeOrganization): CleanUpPreview {
    const { scope, connection_id: id, work_item_id: number } = request.body as unknown as CleanUpWish;
    const wanted = organization.connections.filter((connection) => scope !== "connection" || connection.id === id);
    const shown = this.hasPairs ? (scope === "work_item" ? wanted.slice(0, 1) : wanted.slice(0, 3)) : [];
    const connections = shown.map((connection, place): ConnectionCleanUp => ({
      id: connection.id,
      name: connection.name,
      status: connection.status,
      metadata: scope === "work_item" ? { ...NOTHING, twins: 1, traces: 2 } : figures(place),
      orphaning: place === 0 ? this.orphaning : null,
    }));
    const name = wanted[0]?.name ?? "";
    return {
      key: scope === "work_item" ? (number ?? "") : scope === "connection" ? name : organization.information.name,
      total: connections.reduce((sum, { metadata }) => add(sum, metadata), NOTHING),
      connections,
      is_orphaning: connections.some(({ orphaning }) => orphaning !== null),
    };
  }

  private cleanUp(request: FakeRequest, organization: FakeOrganization): FakeAnswer {
    this.bodies.push(request.body);
    const preview = this.preview(request, organization);
    if (preview.is_orphaning && request.body["keeps_remote_pairs"] !== true) {
      throw new Refusal(409, "clean_up_orphans", `The other side can't be told of this clean-up: ${this.orphaning ?? ""}.`);
    }
    const scope = request.body["scope"] === "work_item" ? "work item " : request.body["scope"] === "connection" ? "connection " : "everything of ";
    const title = `Clean up ${scope}${preview.key}`;
    return { status: 202, body: this.jobs.add("clean_up", { done: preview.total.twins }, { title, status: "finished" }) };
  }
}

function figures(place: number): SyncMetadata {
  return { twins: 1284 >> place, outgoing: 3 >> place, incoming: 1, errors: 2, conflicts: 1, traces: 840 >> place };
}

function add(one: SyncMetadata, other: SyncMetadata): SyncMetadata {
  const names = Object.keys(NOTHING) as (keyof SyncMetadata)[];
  return Object.fromEntries(names.map((name) => [name, one[name] + other[name]])) as unknown as SyncMetadata;
}

function file(text: string): FakeAnswer {
  return { status: 200, headers: { "Content-Type": "text/csv" }, body: text };
}
