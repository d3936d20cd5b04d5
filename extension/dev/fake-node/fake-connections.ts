import type { Connection, Consent, Visibility } from "../../src/common/api/types";
import type { FakeInvitations } from "./fake-invitations";
import { makeConnection, type FakeOrganization } from "./fake-organization";
import { pageOf, Refusal, textOf, type FakeAnswer, type FakeRequest } from "./messages";

/** The routes under /connections and /invitations for one organization's administrator. */
export class FakeConnections {
  private readonly answered = new Map<string, FakeAnswer>();

  constructor(
    private readonly invitations: FakeInvitations,
    private readonly organizations: () => readonly FakeOrganization[],
  ) {}

  answer(request: FakeRequest, organization: FakeOrganization, user: string): FakeAnswer | null {
    const { method, path } = request;
    if (path === "/connections") return method === "POST" ? this.initiate(request, organization, user) : list(request, organization);
    if (path === "/invitations/inspection") return this.inspect(request, organization);
    if (path === "/invitations/acceptance") return this.accept(request, organization, user);
    const [, id = "", step = ""] = /^\/connections\/([^/]+)(?:\/([a-z-]+))?$/.exec(path) ?? [];
    if (id === "" || step === "work-items") return null;
    const connection = organization.find(decodeURIComponent(id));
    if (connection === undefined) throw new Refusal(404, "not_found", "There is no such connection.");
    if (step === "audit") {
      return { status: 200, body: pageOf(organization.audit.filter((entry) => entry.connection_id === connection.id), request.query) };
    }
    if (step === "invitation") return this.invitation(request, organization, connection, user);
    return this.change(request, organization, connection, step, user);
  }

  private initiate(request: FakeRequest, organization: FakeOrganization, user: string): FakeAnswer {
    const key = request.headers.get("Idempotency-Key") ?? "";
    const known = this.answered.get(key);
    if (known !== undefined) return known;
    const visibility = textOf(request.body, "visibility") as Visibility;
    const made = makeConnection(organization, {
      name: freeName(organization, `${organization.information.name} to unknown`),
      project: textOf(request.body, "project"),
      visibility,
      transport: visibility === "private" ? "polled" : "push",
    });
    organization.connections.push(made);
    const issued = this.invitations.issue(organization, made);
    organization.record(user, "connection_initiated", made, { project: made.project });
    const answer = { status: 201, body: { connection: organization.find(made.id), ...issued } };
    if (key !== "") this.answered.set(key, answer);
    return answer;
  }

  private inspect(request: FakeRequest, organization: FakeOrganization): FakeAnswer {
    const issued = this.invitations.inspect(textOf(request.body, "code"));
    if (issued.organization === organization) throw new Refusal(422, "own_organization", "This is your own invitation.");
    const { information, node } = issued.organization;
    return {
      status: 200,
      body: {
        node_host: node.host,
        node_url: node.url,
        organization_name: information.name,
        organization_url: information.url,
        mode: "basic",
        visibility: issued.visibility,
        expires_at: issued.expiresAt,
        fingerprint: "b7d4 0e55 19aa c3f8 6e21 94b0 7c3d 2f16",
        connection_id: issued.connectionId,
      },
    };
  }

  private accept(request: FakeRequest, organization: FakeOrganization, user: string): FakeAnswer {
    const connection = this.invitations.accept(textOf(request.body, "code"), organization, textOf(request.body, "project"));
    organization.record(user, "invitation_accepted", connection);
    return { status: 201, body: connection };
  }

  private invitation(
    request: FakeRequest,
    organization: FakeOrganization,
    connection: Connection,
    user: string,
  ): FakeAnswer {
    if (request.method === "GET") return { status: 200, body: this.invitations.codeOf(connection) };
    requireMatch(request, connection);
    if (request.method === "POST") {
      organization.record(user, "invitation_renewed", connection);
      return { status: 200, body: this.invitations.issue(organization, connection) };
    }
    if (connection.invitation === null) throw new Refusal(409, "state", "There is no invitation.");
    organization.update(connection.id, { invitation: { ...connection.invitation, status: "revoked" } });
    organization.record(user, "invitation_revoked", connection);
    return { status: 204 };
  }

  private change(
    request: FakeRequest,
    organization: FakeOrganization,
    connection: Connection,
    step: string,
    user: string,
  ): FakeAnswer {
    if (request.method === "GET") return answerWith(connection);
    requireMatch(request, connection);
    if (request.method === "DELETE") {
      organization.connections = organization.connections.filter((row) => row.id !== connection.id);
      this.tellPeer(organization, connection, { remote_status: "removed", partner_state: "ended", partner_since: new Date().toISOString() });
      return { status: 204 };
    }
    if (step === "activate" || step === "deactivate") {
      const isActive = step === "activate";
      this.tellPeer(organization, connection, {
        remote_status: isActive ? null : "deactivated",
        partner_state: isActive ? "answering" : "paused",
        partner_since: isActive ? null : new Date().toISOString(),
      });
      organization.record(user, `connection_${step}d`, connection);
      return answerWith(organization.update(connection.id, { status: isActive ? "active" : "deactivated", status_reason: "" }));
    }
    const changes = readChanges(request, organization, connection);
    organization.record(user, "connection_changed", connection, changes);
    return answerWith(organization.update(connection.id, changes));
  }

  private tellPeer(organization: FakeOrganization, connection: Connection, changes: Partial<Connection>): void {
    for (const other of this.organizations()) if (other !== organization) other.update(connection.id, changes);
  }
}

function list(request: FakeRequest, organization: FakeOrganization): FakeAnswer {
  const body = pageOf(organization.connections, request.query);
  const etag = `"${hash(JSON.stringify(body))}"`;
  if (request.headers.get("If-None-Match") === etag) return { status: 304, headers: { ETag: etag } };
  return { status: 200, headers: { ETag: etag }, body };
}

function answerWith(connection: Connection | undefined): FakeAnswer {
  return { status: 200, headers: { ETag: `"${connection?.revision ?? 0}"` }, body: connection };
}

function readChanges(request: FakeRequest, organization: FakeOrganization, connection: Connection): Partial<Connection> {
  const { name, description, project, consent, consent_query: query, panel } = request.body;
  if (consent === "query" && (query ?? connection.consent_query) === "") {
    throw new Refusal(422, "condition_refused", "Say which work items the partner may connect to.", {
      errors: [{ field: "consent_query", message: "Type a condition, as in WIQL after WHERE." }],
    });
  }
  if (typeof name === "string" && organization.connections.some((row) => row.name === name && row.id !== connection.id)) {
    throw new Refusal(422, "validation", "The name is taken.", {
      errors: [{ field: "name", message: "Another connection has this name. Choose another one." }],
    });
  }
  return {
    ...(typeof name === "string" ? { name } : {}),
    ...(typeof description === "string" ? { description } : {}),
    ...(typeof project === "string" ? { project } : {}),
    ...(typeof consent === "string" ? { consent: consent as Consent } : {}),
    ...(typeof query === "string" ? { consent_query: query } : {}),
    ...(typeof panel === "object" ? { panel: { ...connection.panel, ...panel } } : {}),
  };
}

function requireMatch(request: FakeRequest, connection: Connection): void {
  const seen = request.headers.get("If-Match");
  if (seen === null) throw new Refusal(428, "precondition_required", "Send If-Match.");
  if (seen !== `"${connection.revision}"`) {
    throw new Refusal(412, "precondition_failed", "Somebody changed it meanwhile.", { current: connection });
  }
}

function freeName(organization: FakeOrganization, name: string): string {
  const taken = new Set(organization.connections.map((connection) => connection.name));
  for (let number = 2; taken.has(name); number += 1) name = `${name.replace(/ \d+$/, "")} ${number}`;
  return name;
}

function hash(text: string): number {
  let value = 0;
  for (let index = 0; index < text.length; index += 1) value = (value * 31 + text.charCodeAt(index)) | 0;
  return value >>> 0;
}
