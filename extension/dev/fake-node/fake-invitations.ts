import type { Connection, Visibility } from "../../src/common/api/types";
import { makeConnection, type FakeOrganization } from "./fake-organization";
import { Refusal } from "./messages";

const VALID_MILLISECONDS = 72 * 3_600_000;
const PEER_FINGERPRINT = "b7d4 0e55 19aa c3f8 6e21 94b0 7c3d 2f16";

interface IssuedInvitation {
  readonly organization: FakeOrganization;
  readonly connectionId: string;
  readonly invitationId: string;
  readonly visibility: Visibility;
  readonly expiresAt: string;
}

/** Codes that look like the real ones, and who may still use them. */
export class FakeInvitations {
  private readonly byCode = new Map<string, IssuedInvitation>();

  constructor(private readonly now: () => number) {}

  issue(organization: FakeOrganization, connection: Connection): { code: string; expires_at: string } {
    const expiresAt = new Date(this.now() + VALID_MILLISECONDS).toISOString();
    const invitationId = organization.nextId();
    const code = encodeCode(organization, connection, invitationId, expiresAt);
    this.byCode.set(code, {
      organization,
      connectionId: connection.id,
      invitationId,
      visibility: connection.visibility,
      expiresAt,
    });
    organization.update(connection.id, {
      invitation: {
        id: invitationId,
        status: "open",
        created_at: new Date(this.now()).toISOString(),
        expires_at: expiresAt,
      },
    });
    return { code, expires_at: expiresAt };
  }

  codeOf(connection: Connection): { code: string; expires_at: string } {
    const wanted = connection.invitation;
    const entry = [...this.byCode].find(([, issued]) => issued.invitationId === wanted?.id);
    if (entry === undefined || wanted?.status !== "open") {
      throw new Refusal(410, "invitation_expired", "The invitation's time has passed; make a new one.");
    }
    return { code: entry[0], expires_at: entry[1].expiresAt };
  }

  inspect(code: string): IssuedInvitation {
    const issued = this.byCode.get(code.replace(/\s+/g, ""));
    if (issued === undefined) throw new Refusal(422, "invitation_torn", "Characters were lost or changed.");
    const invitation = issued.organization.find(issued.connectionId)?.invitation;
    if (invitation === null || invitation === undefined || invitation.id !== issued.invitationId) {
      throw new Refusal(410, "invitation_revoked", "The invitation was taken back.");
    }
    if (invitation.status !== "open") throw new Refusal(410, `invitation_${invitation.status}`, `It is ${invitation.status}.`);
    return issued;
  }

  accept(code: string, acceptor: FakeOrganization, project: string): Connection {
    const issued = this.inspect(code);
    const initiator = issued.organization;
    const offered = initiator.find(issued.connectionId);
    if (offered?.invitation === null || offered === undefined) throw new Refusal(404, "invitation_unknown", "Unknown.");
    const contact = { last_contact_at: new Date(this.now()).toISOString() };
    initiator.update(offered.id, {
      ...contact,
      status: "active",
      name: offered.name.replace("unknown", acceptor.information.name),
      invitation: { ...offered.invitation, status: "used" },
      remote: remoteOf(acceptor),
    });
    const connection = makeConnection(acceptor, {
      ...contact,
      id: offered.id,
      name: `${initiator.information.name} to ${acceptor.information.name}`,
      status: "active",
      role: "acceptor",
      visibility: offered.visibility,
      transport: offered.visibility === "private" ? "poll" : "push",
      project,
      remote: remoteOf(initiator),
    });
    acceptor.connections.push(connection);
    return connection;
  }
}

export function remoteOf(organization: FakeOrganization): NonNullable<Connection["remote"]> {
  return {
    organization_id: organization.id,
    organization_name: organization.information.name,
    organization_url: organization.information.url,
    node_url: organization.node.url,
    fingerprint: PEER_FINGERPRINT,
  };
}

function encodeCode(organization: FakeOrganization, connection: Connection, id: string, expiresAt: string): string {
  const document = {
    url: organization.node.url,
    invitation: id,
    connection: connection.id,
    secret: "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LTMyLWI",
    key: "a2V5LWtleS1rZXkta2V5LWtleS1rZXkta2V5LTMyLWI",
    organization: organization.id,
    name: organization.information.name,
    mode: "basic",
    visibility: connection.visibility,
    expires: Math.floor(Date.parse(expiresAt) / 1000),
  };
  const bytes = new TextEncoder().encode(JSON.stringify(document));
  const payload = btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  return `adn1.${payload}.0123abcd`;
}
