import type { AuditEntry, Connection, NodeInformation, Organization, Right, Twin } from "../../src/common/api/types";

export type Role = "administrator" | "contributor" | "reader";

/** One organization with everything its node knows about it. */
export class FakeOrganization {
  connections: Connection[] = [];
  twins: Twin[] = [];
  /** Whose content was to be kept, connect by connect. */
  readonly keptContents: unknown[] = [];
  /** By work item, the partner's one that it was in sync with before. */
  readonly formerPairs = new Map<string, string>();
  /** What was chosen for such ones, Exalate by Exalate. */
  readonly choices: unknown[] = [];
  audit: AuditEntry[] = [];
  projects: string[] = ["Alpha", "Beta", "Gamma"];
  workItems = new Map<string, string>([
    ["12", "Login fails after the update"],
    ["42", "Print the answer"],
  ]);
  rights: Right[] = [
    { name: "Read and write work items", is_granted: true, remedy: "" },
    { name: "Read projects and teams", is_granted: true, remedy: "" },
    { name: "Read identities", is_granted: true, remedy: "" },
  ];
  private sequence = 0;

  constructor(
    public information: Organization,
    readonly node: NodeInformation,
  ) {}

  get id(): string {
    return this.information.id;
  }

  nextId(): string {
    this.sequence += 1;
    return `${this.information.name}-${this.sequence}`;
  }

  find(id: string): Connection | undefined {
    return this.connections.find((connection) => connection.id === id);
  }

  /** Replaces a connection; a decision of a person or the peer makes a new revision, mere traffic does not. */
  update(id: string, changes: Partial<Connection>, isDecision = true): Connection | undefined {
    const found = this.find(id);
    if (found === undefined) return undefined;
    const changed = { ...found, ...changes, revision: found.revision + (isDecision ? 1 : 0) };
    this.connections = this.connections.map((connection) => (connection.id === id ? changed : connection));
    return changed;
  }

  record(user: string, action: string, connection: Connection | null, details: AuditEntry["details"] = {}): void {
    this.audit.unshift({
      id: `audit-${this.audit.length + 1}`,
      at: new Date().toISOString(),
      user_name: user,
      user_id: user,
      action,
      connection_id: connection?.id ?? null,
      connection_name: connection?.name ?? null,
      details,
    });
  }
}

export function makeOrganization(
  name: string,
  kind: Organization["kind"],
  nodeHost: string,
  isPrivate: boolean,
): FakeOrganization {
  const url = kind === "services" ? `https://dev.azure.com/${name}` : `https://tfs.${name}.example/DefaultCollection`;
  return new FakeOrganization(
    {
      id: `00000000-0000-4000-8000-${name.padEnd(12, "0").slice(0, 12).replace(/[^0-9a-f]/g, "1")}`,
      name,
      url,
      kind,
      credential: {
        kind: "personal_access_token",
        identity: `${name} Sync`,
        identity_id: `${name}-sync`,
        added_at: "2026-10-01T08:00:00Z",
        expires_at: "2027-09-30T08:00:00Z",
      },
    },
    {
      url: isPrivate ? "" : `https://${nodeHost}`,
      host: nodeHost,
      version: "0.1.0",
      is_private: isPrivate,
      modes: ["basic"],
      protocol_version: 1,
    },
  );
}

export function makeConnection(organization: FakeOrganization, changes: Partial<Connection> = {}): Connection {
  return {
    id: organization.nextId(),
    name: `${organization.information.name} to unknown`,
    description: "",
    status: "pending",
    status_reason: "",
    remote_status: null,
    visibility: "private",
    role: "initiator",
    mode: "basic",
    transport: "polled",
    project: "Alpha",
    default_type: "",
    remote: null,
    own_fingerprint: "3f2a 91c0 77de 4b18 0a6c 52e9 d1f3 8b40",
    created_at: new Date().toISOString(),
    synchronized_at: null,
    last_contact_at: null,
    partner_state: "answering",
    partner_since: null,
    is_contact_late: false,
    under_sync: 0,
    in_progress: 0,
    errors: 0,
    consent: "ask",
    consent_query: "",
    panel: { exalate: "contributors", connect: "contributors", unexalate: "contributors" },
    proposals: 0,
    queue: { outgoing: 0, incoming: 0 },
    invitation: null,
    revision: 1,
    ...changes,
  };
}
