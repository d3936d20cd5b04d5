import type { NewCredential } from "../../src/common/api/types";
import { FakeBulkConnect } from "./fake-bulk-connect";
import { FakeConnections } from "./fake-connections";
import { FakeDrift } from "./fake-drift";
import { FakeInvitations } from "./fake-invitations";
import { FakeErrors } from "./fake-errors";
import { FakeJobs } from "./fake-jobs";
import { FakeNotifications } from "./fake-notifications";
import { makeOrganization, type FakeOrganization, type Role } from "./fake-organization";
import { FakeProposals } from "./fake-proposals";
import { FakeTriggers } from "./fake-triggers";
import { FakeQueue } from "./fake-queue";
import { FakeTwins } from "./fake-twins";
import { FakeUsage } from "./fake-usage";
import { answerAboutWorkItems } from "./fake-work-items";
import { pageOf, Refusal, textOf, type FakeAnswer, type FakeRequest } from "./messages";

interface FakeSession {
  readonly id: string;
  readonly openedAt: string;
  readonly organization: FakeOrganization;
  readonly user: string;
  readonly role: Role;
}

/**
 * A node in memory that speaks the hub API, for two organizations: fabrikam (Services, a node that can be called) and
 * contoso (Server, in a private network). Tokens are plain: the app token is "organization:user:role".
 */
export class FakeNode {
  readonly fabrikam = makeOrganization("fabrikam", "services", "node.fabrikam.example", false);
  readonly contoso = makeOrganization("contoso", "server", "node.contoso.example", true);
  /** Requests as they came, "POST /connections". */
  readonly log: string[] = [];
  /** Answers nothing, as if it were switched off. */
  isDown = false;
  latencyMilliseconds = 0;
  readonly usage = new FakeUsage();
  readonly drift = new FakeDrift();
  readonly proposals = new FakeProposals();
  readonly queue = new FakeQueue();
  readonly twins = new FakeTwins();
  readonly errors = new FakeErrors();
  readonly notifications = new FakeNotifications();
  readonly jobs = new FakeJobs();
  readonly bulkConnect = new FakeBulkConnect(this.jobs);
  readonly triggers = new FakeTriggers(this.jobs);
  private readonly sessions = new Map<string, FakeSession>();
  private readonly failures: { readonly pattern: RegExp; readonly refusal: Refusal }[] = [];
  private readonly connections: FakeConnections;
  readonly invitations: FakeInvitations;
  private expired = new Map<string, FakeSession>();
  private readonly ended = new Set<string>();
  private sequence = 0;

  constructor(now: () => number = Date.now) {
    this.invitations = new FakeInvitations(now);
    this.connections = new FakeConnections(this.invitations, () => [this.fabrikam, this.contoso]);
  }

  expireSessions(): void {
    this.expired = new Map([...this.expired, ...this.sessions]);
    this.sessions.clear();
  }

  /** Ends a session as an administrator elsewhere does. */
  endSession(id: string): void {
    for (const [token, session] of this.sessions) if (session.id === id) this.drop(token);
  }

  private drop(token: string): void {
    this.sessions.delete(token);
    this.ended.add(token);
  }

  /** The next request that matches ("POST /connections") is refused. */
  refuseNext(pattern: RegExp, refusal: Refusal): void {
    this.failures.push({ pattern, refusal });
  }

  answer(request: FakeRequest): FakeAnswer {
    const line = `${request.method} ${request.path}`;
    this.log.push(line);
    try {
      const failure = this.failures.findIndex(({ pattern }) => pattern.test(line));
      if (failure >= 0) throw this.failures.splice(failure, 1)[0]?.refusal ?? new Error("no refusal");
      if (line === "GET /node") return { status: 200, body: this.fabrikam.node };
      if (line === "POST /session") return this.openSession(request);
      return this.route(request, this.readSession(request));
    } catch (thrown) {
      if (thrown instanceof Refusal) return thrown.answer;
      throw thrown;
    }
  }

  private openSession(request: FakeRequest): FakeAnswer {
    const [name, user = "", role = "reader"] = (request.headers.get("Authorization") ?? "").replace(/^Bearer /, "").split(":");
    const organization = [this.fabrikam, this.contoso].find((known) => known.information.name === name);
    if (organization === undefined) throw new Refusal(401, "session_refused", "The app token is not valid.");
    if (role !== "administrator" && request.body["purpose"] !== "panel") {
      throw new Refusal(403, "administrator_required", "", {
        right: "Edit collection-level information",
        grantor: "A Project Collection Administrator of fabrikam",
      });
    }
    this.sequence += 1;
    const token = `session-${this.sequence}`;
    const soFar = [...this.expired].find(([known]) => known === request.body["so_far"])?.[1];
    const openedAt = soFar?.openedAt ?? new Date().toISOString();
    const id = soFar?.id ?? token;
    this.sessions.set(token, { id, openedAt, organization, user, role: role as Role });
    return {
      status: 200,
      body: {
        id,
        token,
        expires_at: new Date(Date.now() + 1_800_000).toISOString(),
        user: { id: user, name: user },
        is_administrator: role === "administrator",
        organization: organization.information,
        node: organization.node,
      },
    };
  }

  private readSession(request: FakeRequest): FakeSession {
    const token = (request.headers.get("Authorization") ?? "").replace(/^Bearer /, "");
    if (this.ended.has(token)) throw new Refusal(401, "session_ended", "An administrator ended this session.");
    const session = this.sessions.get(token);
    if (session === undefined) throw new Refusal(401, "session_expired", "The session has ended.");
    return session;
  }

  private answerAboutSessions(request: FakeRequest, mine: FakeSession): FakeAnswer | null {
    const ours = [...this.sessions].filter(([, { organization }]) => organization === mine.organization);
    const line = `${request.method} ${request.path}`;
    if (line === "GET /sessions") {
      const items = ours.map(([, { id, openedAt, user }]) => ({
        id,
        user: { id: user, name: user },
        is_current: id === mine.id,
        opened_at: openedAt,
        used_at: openedAt,
        address: "192.0.2.7",
        browser: "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/140.0",
      }));
      return { status: 200, body: { items } };
    }
    if (line === "DELETE /sessions") {
      const others = ours.filter(([, { id }]) => id !== mine.id);
      others.forEach(([token]) => this.drop(token));
      return { status: 200, body: { ended: others.length } };
    }
    const named = /^DELETE \/sessions\/([^/]+)$/.exec(line)?.[1];
    if (named === undefined) return null;
    if (!ours.some(([, { id }]) => id === named)) throw new Refusal(404, "not_found", "There is no such session.");
    this.endSession(named);
    return { status: 204 };
  }

  private route(request: FakeRequest, session: FakeSession): FakeAnswer {
    const { organization, user, role } = session;
    this.errors.countProposals = () => organization.connections.reduce((sum, { proposals }) => sum + proposals, 0);
    this.errors.countConflicting = () => this.twins.countConflicting(organization);
    const found =
      this.answerAboutSessions(request, session) ??
      this.errors.answer(request) ??
      this.notifications.answer(request) ??
      answerAboutWorkItems(request, organization, role !== "reader") ??
      this.twins.answer(request, organization) ??
      this.triggers.answer(request, organization, user) ??
      this.jobs.answer(request, organization) ??
      this.bulkConnect.answer(request, organization) ??
      this.drift.answer(request, organization) ??
      this.proposals.answer(request, organization, user) ??
      this.connections.answer(request, organization, user) ??
      this.usage.answer(request, organization) ??
      this.queue.answer(request, organization, user) ??
      answerAboutOrganization(request, organization);
    if (found === null) throw new Refusal(404, "not_found", `There is no ${request.path}.`);
    return found;
  }
}

function answerAboutOrganization(request: FakeRequest, organization: FakeOrganization): FakeAnswer | null {
  switch (`${request.method} ${request.path}`) {
    case "GET /projects":
      return { status: 200, body: findProjects(request, organization) };
    case "GET /organization":
      return { status: 200, body: organization.information };
    case "DELETE /organization":
      if (organization.connections.length > 0) {
        throw new Refusal(409, "state", "There are connections still. Delete them first.");
      }
      return { status: 204 };
    case "GET /organization/rights":
      return { status: 200, body: { identity: organization.information.credential?.identity ?? "", items: organization.rights } };
    case "POST /organization/credential/test":
      return { status: 200, body: { identity: checkCredential(request), items: organization.rights } };
    case "PUT /organization/credential":
      return { status: 200, body: saveCredential(request, organization) };
    case "POST /destinations/check":
      return { status: 200, body: checkDestination(request, organization) };
    case "GET /getting-started":
      return { status: 200, body: { items: listSteps(organization) } };
    default:
      return null;
  }
}

function findProjects(request: FakeRequest, organization: FakeOrganization) {
  const wanted = (request.query.get("search") ?? "").toLowerCase();
  const found = organization.projects.filter((name) => name.toLowerCase().includes(wanted));
  return pageOf(found.map((name) => ({ id: name, name })), request.query);
}

function checkCredential(request: FakeRequest): string {
  const credential = request.body as unknown as NewCredential;
  if (credential.kind === "personal_access_token" && credential.token === "wrong") {
    throw new Refusal(422, "azure_devops_authentication", "Azure DevOps answered 401.");
  }
  return "Fabrikam Sync";
}

function saveCredential(request: FakeRequest, organization: FakeOrganization) {
  const identity = checkCredential(request);
  organization.information = {
    ...organization.information,
    credential: {
      kind: (request.body as unknown as NewCredential).kind,
      identity,
      identity_id: identity,
      added_at: new Date().toISOString(),
      expires_at: null,
    },
  };
  return organization.information;
}

function checkDestination(request: FakeRequest, organization: FakeOrganization) {
  const url = new URL(textOf(request.body, "url"));
  if (url.hostname === organization.node.host) throw new Refusal(422, "own_organization", "");
  if (url.hostname.startsWith("10.")) throw new Refusal(422, "url_refused", `${url.host} is a private address.`);
  if (url.hostname.includes("down")) throw new Refusal(503, "peer_unreachable", `${url.host} did not answer within 10 s.`);
  return { node_url: url.origin, organization_name: null, organization_url: null, modes: ["basic"], is_reachable: true };
}

function listSteps(organization: FakeOrganization) {
  const { connections, twins, information } = organization;
  const isDone = {
    credential: information.credential !== null,
    connection: connections.length > 0,
    accepted: connections.some((connection) => connection.status === "active"),
    first_work_item: twins.some((twin) => twin.status === "synchronized"),
    trigger: false,
  };
  return Object.entries(isDone).map(([key, done]) => ({ key, is_done: done, detail: "" }));
}
