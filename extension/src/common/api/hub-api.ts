import type { Answer, CallOptions } from "./call";
import type * as types from "./types";

export type Caller = (path: string, options?: CallOptions) => Promise<Answer>;
type Connection = types.Connection;

/** The most rows the node sends at once. */
const PAGE_SIZE = 200;

/** Every request of the hub page. Rejects with an ApiError. */
export class HubApi {
  private readonly pages = new Map<string, { etag: string; body: types.Page<Connection> }>();

  constructor(private readonly call: Caller) {}

  /** All connections. Asked again, only pages that changed travel; the same rows are then the same objects. */
  async listConnections(signal?: AbortSignal): Promise<readonly Connection[]> {
    const rows: Connection[] = [];
    let after: string | null = null;
    do {
      const page: types.Page<Connection> = await this.readConnectionPage(after, signal);
      rows.push(...page.items);
      after = page.next;
    } while (after !== null);
    return rows;
  }

  async getConnection(id: string, signal?: AbortSignal): Promise<Connection> {
    return (await this.call(connectionPath(id), { signal })).body as Connection;
  }

  /** Makes a connection; the same key again answers the same connection, however often it is sent. */
  async initiate(connection: types.NewConnection, idempotencyKey: string): Promise<types.InitiatedConnection> {
    const headers = { "Idempotency-Key": idempotencyKey };
    return this.send("/connections", "POST", connection, headers) as Promise<types.InitiatedConnection>;
  }

  async changeConnection(seen: Connection, changes: types.ConnectionChanges): Promise<Connection> {
    return this.send(connectionPath(seen.id), "PATCH", changes, ifMatch(seen)) as Promise<Connection>;
  }

  async activate(seen: Connection): Promise<Connection> {
    return this.send(`${connectionPath(seen.id)}/activate`, "POST", undefined, ifMatch(seen)) as Promise<Connection>;
  }

  async deactivate(seen: Connection): Promise<Connection> {
    return this.send(`${connectionPath(seen.id)}/deactivate`, "POST", undefined, ifMatch(seen)) as Promise<Connection>;
  }

  async removeConnection(seen: Connection): Promise<void> {
    await this.send(connectionPath(seen.id), "DELETE", undefined, ifMatch(seen));
  }

  async readCode(connectionId: string): Promise<types.IssuedCode> {
    return (await this.call(`${connectionPath(connectionId)}/invitation`)).body as types.IssuedCode;
  }

  /** A new code in place of the earlier one; on a connection that was accepted it pairs the two nodes anew. */
  async replaceInvitation(seen: Connection): Promise<types.IssuedCode> {
    const path = `${connectionPath(seen.id)}/invitation`;
    return this.send(path, "POST", undefined, ifMatch(seen)) as Promise<types.IssuedCode>;
  }

  async revokeInvitation(seen: Connection): Promise<void> {
    await this.send(`${connectionPath(seen.id)}/invitation`, "DELETE", undefined, ifMatch(seen));
  }

  async inspectInvitation(code: string): Promise<types.InvitationOffer> {
    return this.send("/invitations/inspection", "POST", { code }) as Promise<types.InvitationOffer>;
  }

  async acceptInvitation(code: string, project: string): Promise<Connection> {
    return this.send("/invitations/acceptance", "POST", { code, project }) as Promise<Connection>;
  }

  async checkDestination(url: string): Promise<types.DestinationCheck> {
    return this.send("/destinations/check", "POST", { url }) as Promise<types.DestinationCheck>;
  }

  async listProjects(search: string, limit: number, signal?: AbortSignal): Promise<types.Page<types.Project>> {
    const path = `/projects?limit=${limit}&search=${encodeURIComponent(search)}`;
    return (await this.call(path, { signal })).body as types.Page<types.Project>;
  }

  async listAudit(
    connectionId: string,
    after: string | null,
    signal?: AbortSignal,
  ): Promise<types.Page<types.AuditEntry>> {
    const path = `${connectionPath(connectionId)}/audit?limit=20${after === null ? "" : `&after=${encodeURIComponent(after)}`}`;
    return (await this.call(path, { signal })).body as types.Page<types.AuditEntry>;
  }

  async listSteps(signal?: AbortSignal): Promise<readonly types.GettingStartedStep[]> {
    const answer = await this.call("/getting-started", { signal });
    return (answer.body as { items: types.GettingStartedStep[] }).items;
  }

  async getOrganization(signal?: AbortSignal): Promise<types.Organization> {
    return (await this.call("/organization", { signal })).body as types.Organization;
  }

  async getRights(signal?: AbortSignal): Promise<types.RightsReport> {
    return (await this.call("/organization/rights", { signal })).body as types.RightsReport;
  }

  async testCredential(credential: types.NewCredential): Promise<types.RightsReport> {
    return this.send("/organization/credential/test", "POST", credential) as Promise<types.RightsReport>;
  }

  async saveCredential(credential: types.NewCredential): Promise<types.Organization> {
    return this.send("/organization/credential", "PUT", credential) as Promise<types.Organization>;
  }

  async disconnectOrganization(): Promise<void> {
    await this.send("/organization", "DELETE");
  }

  async exalate(connectionId: string, workItem: string, counterpart?: types.CounterpartChoice): Promise<types.Twin> {
    const path = `${connectionPath(connectionId)}/work-items`;
    return this.send(path, "POST", { work_item: workItem, counterpart }) as Promise<types.Twin>;
  }

  async getTwin(connectionId: string, workItemId: string, signal?: AbortSignal): Promise<types.Twin> {
    const path = `${connectionPath(connectionId)}/work-items/${encodeURIComponent(workItemId)}`;
    return (await this.call(path, { signal })).body as types.Twin;
  }

  private async send(
    path: string,
    method: "POST" | "PATCH" | "PUT" | "DELETE",
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<unknown> {
    return (await this.call(path, { method, body, headers })).body;
  }

  private async readConnectionPage(after: string | null, signal?: AbortSignal): Promise<types.Page<Connection>> {
    const path = `/connections?limit=${PAGE_SIZE}${after === null ? "" : `&after=${encodeURIComponent(after)}`}`;
    const known = this.pages.get(path);
    const headers: Record<string, string> = known === undefined ? {} : { "If-None-Match": known.etag };
    const answer = await this.call(path, { headers, signal });
    if (answer.status === 304 && known !== undefined) return known.body;
    const body = answer.body as types.Page<Connection>;
    if (answer.etag !== null) this.pages.set(path, { etag: answer.etag, body });
    return body;
  }
}

function connectionPath(id: string): string {
  return `/connections/${encodeURIComponent(id)}`;
}

function ifMatch(seen: Connection): Record<string, string> {
  return { "If-Match": `"${seen.revision}"` };
}
