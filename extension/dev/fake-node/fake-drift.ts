import type { Finding } from "../../src/common/api/drift-api";
import type { Job } from "../../src/common/api/jobs-api";
import type { FakeOrganization } from "./fake-organization";
import { pageOf, Refusal, type FakeAnswer, type FakeRequest } from "./messages";

const PATH = /^\/connections\/([^/]+)\/drift(\/report|\/compare|\/compare-in-depth|\/repair)?$/;

/** Comparisons that end as soon as they begin. */
export class FakeDrift {
  /** What the next comparison finds. */
  found: Finding[] = [];
  /** Ids of findings that were repaired, in their order. */
  readonly repaired: string[] = [];
  comparison: Job | null = null;
  deepComparison: Job | null = null;
  private open: Finding[] = [];
  private readonly jobs = new Map<string, Job>();

  answer(request: FakeRequest, organization: FakeOrganization): FakeAnswer | null {
    const path = PATH.exec(request.path);
    if (path === null) return this.answerAboutJob(request);
    const connection = organization.connections.find(({ id }) => id === path[1]);
    if (connection === undefined) throw new Refusal(404, "not_found", "There is no such connection.");
    switch (`${request.method} ${path[2] ?? ""}`) {
      case "GET /report":
        return { status: 200, body: this.report() };
      case "GET ":
        return { status: 200, body: pageOf(this.list(request.query.get("kind")), request.query) };
      case "POST /compare":
        return { status: 202, body: this.compare(connection.id, "comparison", `Compare ${connection.name}`) };
      case "POST /compare-in-depth":
        return { status: 202, body: this.compare(connection.id, "deep_comparison", `Compare ${connection.name} in depth`) };
      case "POST /repair":
        return { status: 202, body: this.repair(request.body["finding_ids"] as string[] | null, connection.id) };
      default:
        return null;
    }
  }

  addSamples(): void {
    const detail = "Changed here and not noticed: the summary. Repair reads the work item and sends the change.";
    this.found = [
      finding(1, { detail }),
      finding(2, { kind: "partner_differs", detail: "The two sides know different values: the description, 2 comments." }),
      finding(3, { kind: "never_synced", detail: "Matches the trigger “All bugs” and is not under sync." }),
      finding(4, { kind: "work_item_gone", detail: "Work item 4 can't be read any more." }),
      ...Array.from({ length: 60 }, (_, place) => finding(place + 10, { detail })),
    ];
    this.comparison = job("comparison-0", "comparison", "Compare fabrikam to Adventure Works", "c", this.found.length);
    this.open = [...this.found];
  }

  private answerAboutJob(request: FakeRequest): FakeAnswer | null {
    const known = this.jobs.get(request.path.replace("/jobs/", ""));
    return request.method === "GET" && known !== undefined ? { status: 200, body: known } : null;
  }

  private list(kind: string | null): Finding[] {
    return this.open.filter((each) => kind === null || each.kind === kind);
  }

  private count(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const { kind } of this.open) counts[kind] = (counts[kind] ?? 0) + 1;
    return counts;
  }

  private report(): object {
    return { comparison: this.comparison, deep_comparison: this.deepComparison, counts: this.count() };
  }

  private compare(connectionId: string, kind: Job["kind"], title: string): Job {
    this.open = [...this.found];
    this.comparison = job(`comparison-${this.jobs.size + 1}`, kind, title, connectionId, 100);
    if (kind === "deep_comparison") this.deepComparison = this.comparison;
    this.jobs.set(this.comparison.id, this.comparison);
    return this.comparison;
  }

  private repair(ids: readonly string[] | null, connectionId: string): Job {
    const chosen = this.open.filter(({ id }) => ids === null || ids.includes(id));
    this.repaired.push(...chosen.map(({ id }) => id));
    this.open = this.open.filter((each) => !chosen.includes(each));
    this.found = this.open;
    const made = job(`repair-${this.jobs.size + 1}`, "drift_repair", `Repair ${chosen.length}`, connectionId, chosen.length);
    this.jobs.set(made.id, made);
    return made;
  }
}

export function finding(number: number, changes: Partial<Finding> = {}): Finding {
  return {
    id: `finding-${number}`,
    kind: "local_change",
    twin_id: `twin-${number}`,
    work_item_id: String(number),
    work_item_url: `https://dev.azure.com/fabrikam/_workitems/edit/${number}`,
    remote_work_item_id: String(1000 + number),
    detail: "Changed here and not noticed: the summary.",
    keys: ["summary"],
    found_at: new Date().toISOString(),
    ...changes,
  };
}

function job(id: string, kind: Job["kind"], title: string, connectionId: string, total: number): Job {
  const now = new Date().toISOString();
  return {
    id,
    kind,
    status: "finished",
    title,
    connection_id: connectionId,
    created_at: now,
    created_by: "Ada Admin",
    started_at: now,
    finished_at: now,
    is_listed: true,
    total,
    counts: { done: total },
    error_code: "",
    error_message: "",
    retry_at: null,
  };
}
