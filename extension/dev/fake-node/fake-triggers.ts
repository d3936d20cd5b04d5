import type { Job, JobKind } from "../../src/common/api/jobs-api";
import type { Match, Preview, Trigger } from "../../src/common/api/triggers-api";
import type { FakeJobs } from "./fake-jobs";
import type { FakeOrganization } from "./fake-organization";
import { pageOf, Refusal, textOf, type FakeAnswer, type FakeRequest } from "./messages";

const TYPES = ["Bug", "Epic", "Feature", "Task", "User Story"];
const TITLES = ["Login fails after the update", "Print the answer", "Describe the interface", "Round prices to cents"];

/** The triggers of each organization, and what conditions find: a number in one is how many work items match. */
export class FakeTriggers {
  private readonly triggers = new Map<string, Trigger[]>();
  private sequence = 0;

  constructor(private readonly jobs: FakeJobs) {}

  addSamples(organization: FakeOrganization): void {
    const connection = organization.connections.find(({ status }) => status === "active");
    if (connection === undefined) return;
    const add = (changes: Partial<Trigger>): void => {
      this.of(organization).push({ ...this.make(organization, connection.id, "Ada"), ...changes });
    };
    const minutesAgo = (minutes: number): string => new Date(Date.now() - minutes * 60_000).toISOString();
    add({
      condition: "[System.Tags] CONTAINS 'partner' AND [System.State] <> 'Closed'",
      title: "[System.Tags] CONTAINS 'partner' AND [System.State] <> 'Closed'",
      work_item_type: "Bug",
      notes: "Agreed with the partner in May",
      matches: 128,
      counted_at: minutesAgo(30),
      exalated: 37,
      last_run_at: minutesAgo(2),
    });
    add({
      condition: "",
      title: "every Feature",
      work_item_type: "Feature",
      is_active: false,
      matches: 20_000,
      is_many: true,
      counted_at: minutesAgo(90),
    });
    add({
      condition: "[Custom.Partner] = 'yes'",
      title: "[Custom.Partner] = 'yes'",
      notes: "The field was renamed",
      matches: null,
      last_run_at: minutesAgo(600),
      last_error: "Azure DevOps refused the query.",
    });
  }

  answer(request: FakeRequest, organization: FakeOrganization, user: string): FakeAnswer | null {
    const types = /^\/connections\/[^/]+\/work-item-types$/.exec(request.path);
    if (types !== null) return { status: 200, body: { items: TYPES } };
    const found = /^\/triggers(?:\/([^/]+))?(?:\/([^/]+))?$/.exec(request.path);
    if (found === null) return null;
    const [, id = "", deed = ""] = found;
    if (id === "") return this.answerList(request, organization, user);
    if (id === "preview") return { status: 200, body: previewOf(request.body) };
    return this.answerOne(request, organization, id, deed);
  }

  private answerList(request: FakeRequest, organization: FakeOrganization, user: string): FakeAnswer {
    const rows = this.of(organization);
    if (request.method === "GET") {
      const wanted = request.query.get("is_active");
      const shown = rows.filter((row) => wanted === null || String(row.is_active) === wanted);
      return { status: 200, body: pageOf(shown, request.query) };
    }
    const { matches, is_many } = previewOf(request.body);
    const made = { ...this.make(organization, textOf(request.body, "connection_id"), user), ...request.body, matches, is_many };
    rows.push(titled(made));
    return { status: 201, body: titled(made) };
  }

  private answerOne(request: FakeRequest, organization: FakeOrganization, id: string, deed: string): FakeAnswer {
    const rows = this.of(organization);
    const index = rows.findIndex((row) => row.id === id);
    const trigger = rows[index];
    if (trigger === undefined) throw new Refusal(404, "not_found", `There is no trigger ${id} here.`);
    if (request.method === "GET") return { status: 200, body: trigger };
    if (deed === "bulk-exalate" || deed === "bulk-unexalate") {
      return { status: 202, body: this.startBulk(trigger, deed === "bulk-exalate" ? "bulk_exalate" : "bulk_unexalate") };
    }
    if (deed === "count") {
      const { matches, is_many } = previewOf({ condition: trigger.condition });
      return { status: 200, body: (rows[index] = { ...trigger, matches, is_many, counted_at: new Date().toISOString() }) };
    }
    checkRevision(request, trigger);
    if (request.method === "DELETE") {
      rows.splice(index, 1);
      return { status: 204 };
    }
    const turned = deed === "" ? {} : { is_active: deed === "activate" };
    if (deed === "") previewOf({ ...trigger, ...request.body });
    rows[index] = titled({ ...trigger, ...request.body, ...turned, revision: trigger.revision + 1 });
    return { status: 200, body: rows[index] };
  }

  private startBulk(trigger: Trigger, kind: JobKind): Job {
    const title = `${kind === "bulk_exalate" ? "Bulk Exalate" : "Bulk Unexalate"}: ${trigger.title}`;
    return this.jobs.add(kind, { waiting: trigger.matches ?? 0 }, { title, connection_id: trigger.connection_id });
  }

  /** What another administrator does meanwhile. */
  change(organization: FakeOrganization, changes: Partial<Trigger>): void {
    const rows = this.of(organization);
    const first = rows[0];
    if (first !== undefined) rows[0] = { ...first, ...changes, revision: first.revision + 1 };
  }

  private of(organization: FakeOrganization): Trigger[] {
    const known = this.triggers.get(organization.id);
    if (known !== undefined) return known;
    const made: Trigger[] = [];
    this.triggers.set(organization.id, made);
    return made;
  }

  private make(organization: FakeOrganization, connectionId: string, user: string): Trigger {
    this.sequence += 1;
    const connection = organization.find(connectionId);
    return {
      id: `trigger-${this.sequence}`,
      title: "",
      connection_id: connectionId,
      connection_name: connection?.name ?? "",
      connection_status: connection?.status ?? "removed",
      project: connection?.project ?? "",
      work_item_type: "",
      condition: "",
      notes: "",
      is_active: true,
      created_at: new Date().toISOString(),
      created_by: user,
      matches: 0,
      is_many: false,
      counted_at: new Date().toISOString(),
      exalated: 0,
      last_run_at: null,
      last_error: "",
      revision: 1,
    };
  }
}

function titled(trigger: Trigger): Trigger {
  const title = trigger.condition === "" ? `every ${trigger.work_item_type}` : trigger.condition;
  return { ...trigger, title };
}

function checkRevision(request: FakeRequest, trigger: Trigger): void {
  if (request.headers.get("If-Match") !== `"${trigger.revision}"`) {
    throw new Refusal(412, "precondition_failed", "Somebody changed the trigger.", { current: trigger });
  }
}

function previewOf(body: Readonly<Record<string, unknown>>): Preview {
  const typed = body["condition"];
  const condition = typeof typed === "string" ? typed : "";
  const refuse = (code: string, message: string): never => {
    throw new Refusal(422, code, message, { errors: [{ field: "condition", message }] });
  };
  const order = condition.search(/order by/i);
  if (order >= 0) refuse("condition_refused", `ORDER BY at character ${order + 1} is not part of a condition.`);
  if (/nonsense/i.test(condition)) refuse("query_refused", "Azure DevOps refused the query. TF51005: no such field.");
  if (/slow/i.test(condition)) refuse("query_too_slow", "Azure DevOps gave the query up because it took too long. Narrow it.");
  if (/uncounted/i.test(condition)) return { matches: null, is_many: false, items: matchesOf(20) };
  const matches = Number(/\d+/.exec(condition)?.[0] ?? 128);
  return { matches: Math.min(matches, 20_000), is_many: matches >= 20_000, items: matchesOf(Math.min(matches, 20)) };
}

function matchesOf(count: number): Match[] {
  return Array.from({ length: count }, (_, index) => ({
    work_item_id: String(1000 + index),
    title: TITLES[index % TITLES.length] ?? "",
    type: TYPES[index % TYPES.length] ?? "",
    state: index % 3 === 0 ? "Active" : "New",
    url: `https://dev.azure.com/fabrikam/_workitems/edit/${1000 + index}`,
    is_under_sync: index % 4 === 1,
  }));
}
