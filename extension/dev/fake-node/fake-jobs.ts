import type { Job, JobKind, JobRow, JobStatus, RowOutcome } from "../../src/common/api/jobs-api";
import type { FakeOrganization } from "./fake-organization";
import { pageOf, Refusal, type FakeAnswer, type FakeRequest } from "./messages";

const OVER: readonly JobStatus[] = ["cancelled", "finished", "failed"];
const PASSED_EACH_TIME = 40;

/** Jobs that go on a little each time somebody looks at them. */
export class FakeJobs {
  readonly jobs: Job[] = [];
  /** Whether jobs go on when they are looked at. */
  isMoving = false;
  private readonly rows = new Map<string, JobRow[]>();
  private sequence = 0;

  constructor(private readonly now: () => number = Date.now) {}

  /** Adds a job with as many rows as are wanted of each outcome. */
  add(kind: JobKind, counts: Partial<Record<RowOutcome, number>>, changes: Partial<Job> = {}): Job {
    this.sequence += 1;
    const id = changes.id ?? `job-${this.sequence}`;
    const rows = Object.entries(counts).flatMap(([outcome, count]) =>
      Array.from({ length: count }, () => outcome as RowOutcome),
    );
    this.rows.set(id, rows.map((outcome, place) => makeRow(place + 1, outcome)));
    const created = new Date(this.now()).toISOString();
    const job: Job = {
      id,
      kind,
      status: "running",
      title: "Bulk Exalate: all bugs",
      connection_id: null,
      created_at: created,
      created_by: "Ada Admin",
      started_at: created,
      finished_at: null,
      is_listed: true,
      total: rows.length,
      counts,
      error_code: "",
      error_message: "",
      retry_at: null,
      ...changes,
    };
    this.jobs.unshift(job);
    return job;
  }

  /** Jobs in every state. */
  addSamples(): void {
    const title = "Bulk Exalate: [System.Tags] CONTAINS 'partner'";
    const hour = (hours: number): string => new Date(this.now() - hours * 3_600_000).toISOString();
    this.add("bulk_exalate", { done: 1918, already: 12, failed: 3 }, { title, status: "finished", created_at: hour(50) });
    this.add(
      "bulk_exalate",
      {},
      {
        title: "Bulk Exalate: [Custom.Partner] = 'contoso'",
        status: "failed",
        is_listed: false,
        error_code: "query_refused",
        error_message: "Azure DevOps refused the query. TF51005: The query references a field that does not exist. Change the query.",
        created_at: hour(3),
      },
    );
    this.add(
      "bulk_exalate",
      { done: 400, waiting: 800 },
      {
        title: "Bulk Exalate: [System.WorkItemType] = 'Bug'",
        status: "waiting",
        error_code: "connection_stopped",
        error_message: "Connection contoso is deactivated. This goes on by itself once it is activated.",
        retry_at: new Date(this.now() + 40_000).toISOString(),
        created_at: hour(2),
      },
    );
    this.add("bulk_unexalate", { done: 40, waiting: 160 }, { title: "Bulk Unexalate: closed ones", status: "paused" });
    this.add(
      "bulk_exalate",
      { done: 2600, already: 31, skipped: 4, failed: 120, started: 600, waiting: 6645 },
      { title },
    );
  }

  change(id: string, changes: Partial<Job>): Job {
    const place = this.jobs.findIndex((job) => job.id === id);
    const job = this.jobs[place];
    if (job === undefined) throw new Refusal(404, "not_found", `There is no job ${id} here.`);
    const changed = { ...job, ...changes };
    this.jobs[place] = changed;
    return changed;
  }

  answer(request: FakeRequest, organization: FakeOrganization): FakeAnswer | null {
    const bulk = /^\/connections\/([^/]+)\/(bulk-(?:un)?exalate)$/.exec(request.path);
    if (bulk !== null && request.method === "POST") {
      const kind = bulk[2] === "bulk-exalate" ? "bulk_exalate" : "bulk_unexalate";
      return { status: 202, body: this.add(kind, { waiting: 100 }, { connection_id: bulk[1] ?? null }) };
    }
    if (request.path === "/jobs") return { status: 200, body: pageOf(this.find(request), request.query) };
    const [, id = "", part = ""] = /^\/jobs\/([^/]+)(?:\/([a-z]+))?$/.exec(request.path) ?? [];
    return id === "" ? null : this.answerAbout(id, part, request, organization);
  }

  private find(request: FakeRequest): readonly Job[] {
    const kinds = (request.query.get("kind") ?? "").split(",").filter((kind) => kind !== "");
    const connection = request.query.get("connection_id");
    return this.jobs.filter(
      (job) =>
        (kinds.length === 0 || kinds.includes(job.kind)) && (connection === null || job.connection_id === connection),
    );
  }

  private answerAbout(id: string, part: string, request: FakeRequest, organization: FakeOrganization): FakeAnswer {
    const job = this.change(id, {});
    switch (part) {
      case "rows":
        return { status: 200, body: this.pageOfRows(id, request, organization) };
      case "result":
        return { status: 200, headers: { "Content-Type": "text/csv" }, body: this.resultOf(id) };
      case "pause":
        return this.step(job, "paused");
      case "resume":
        return this.step(job, "waiting");
      case "cancel":
        return this.step(job, "cancelled");
      default:
        return { status: 200, body: this.isMoving ? this.move(job) : job };
    }
  }

  private step(job: Job, status: JobStatus): FakeAnswer {
    if (OVER.includes(job.status)) throw new Refusal(409, "state", `“${job.title}” is ${job.status} already.`);
    const finished_at = status === "cancelled" ? new Date(this.now()).toISOString() : null;
    const { waiting = 0, ...counts } = job.counts;
    const kept = status === "cancelled" ? { ...counts, cancelled: waiting } : job.counts;
    return { status: 200, body: this.change(job.id, { status, finished_at, counts: kept }) };
  }

  private move(job: Job): Job {
    if (job.status !== "running") return job;
    const { waiting = 0, started = 0, done = 0, ...others } = job.counts;
    const passed = Math.min(PASSED_EACH_TIME, started + waiting);
    const left = waiting + started - passed;
    const counts = { ...others, done: done + passed, started: Math.min(left, 60), waiting: Math.max(0, left - 60) };
    const isOver = left === 0;
    const finished_at = isOver ? new Date(this.now()).toISOString() : null;
    return this.change(job.id, { counts, status: isOver ? "finished" : "running", finished_at });
  }

  private pageOfRows(id: string, request: FakeRequest, organization: FakeOrganization) {
    const outcome = request.query.get("outcome");
    const found = (this.rows.get(id) ?? []).filter((row) => outcome === null || row.outcome === outcome);
    const { url } = organization.information;
    const shown = found.map((row) => ({ ...row, work_item_url: `${url}/_workitems/edit/${row.work_item_id}` }));
    return pageOf(shown, request.query);
  }

  private resultOf(id: string): string {
    const lines = (this.rows.get(id) ?? []).map((row) =>
      [row.number, row.work_item_id, row.remote_work_item_id ?? "", row.outcome, row.message].join(","),
    );
    return ["number,local_work_item_id,remote_work_item_id,outcome,message", ...lines, ""].join("\r\n");
  }
}

function makeRow(number: number, outcome: RowOutcome): JobRow {
  const messages: Partial<Record<RowOutcome, string>> = {
    failed: "The field “Found in” is required in contoso. Fill it in there or map it; then retry.",
    already: "Under sync already; it is checked for updates.",
    skipped: "Not in project Fabrikam Fiber, which connection contoso is for.",
  };
  return {
    number,
    work_item_id: String(1000 + number),
    work_item_url: null,
    remote_work_item_id: outcome === "done" ? String(2000 + number) : null,
    outcome,
    message: messages[outcome] ?? "",
  };
}
