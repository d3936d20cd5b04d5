import type { Proposal, ProposalDetails, ProposalRow, ProposalStatus } from "../../src/common/api/proposals-api";
import type { Connection } from "../../src/common/api/types";
import type { FakeOrganization } from "./fake-organization";
import { pageOf, Refusal, type FakeAnswer, type FakeRequest } from "./messages";

const PATH = /^\/proposals(?:\/([^/]+))?(?:\/(accept|decline|withdraw|connect|separate))?$/;
const ALL = /^\/connections\/([^/]+)\/proposals\/accept-all$/;
const OUTCOMES = { accept: "accepted", decline: "declined", withdraw: "withdrawn", connect: "open", separate: "separate" } as const;
const TITLES = new Map([["12", "Login fails after the update"]]);

const UNDECIDED: readonly ProposalStatus[] = ["held", "unchecked", "open"];

type Deed = keyof typeof OUTCOMES;

interface Known {
  proposal: Proposal;
  rows: ProposalRow[];
}

/** Proposals, and what was decided of them. */
export class FakeProposals {
  readonly notes: string[] = [];
  /** Numbers of work items whose acceptance is impossible, with the reason. */
  readonly obstacles = new Map<string, string>();
  private known: Known[] = [];

  answer(request: FakeRequest, organization: FakeOrganization, user: string): FakeAnswer | null {
    const all = ALL.exec(request.path);
    if (all !== null) return this.acceptAll(all[1] ?? "", organization, user);
    const path = PATH.exec(request.path);
    if (path === null) return null;
    const [, id, deed] = path;
    if (id === undefined) return { status: 200, body: pageOf(this.list(request.query), request.query) };
    const known = this.known.find(({ proposal }) => proposal.id === decodeURIComponent(id));
    if (known === undefined) throw new Refusal(404, "not_found", "There is no such proposal.");
    if (deed === undefined) return { status: 200, body: this.show(known, request.query) };
    const numbers = request.body["rows"] as readonly number[] | null;
    const note = request.body["note"];
    if (typeof note === "string" && note !== "") this.notes.push(note);
    const decision = this.decide(known, deed as Deed, numbers, organization, user);
    if (decision.count === 0) throw new Refusal(409, "state", decision.obstacles[0] ?? "Nothing of it is open any more.");
    return { status: 200, body: decision };
  }

  add(organization: FakeOrganization, connection: Connection, changes: Partial<Proposal>, rows: readonly Partial<ProposalRow>[]): Proposal {
    const made = rows.map((row, place) => makeRow(place + 1, row));
    const proposal: Proposal = {
      id: `proposal-${this.known.length + 1}`,
      connection_id: connection.id,
      connection_name: connection.name,
      partner: connection.remote?.organization_name ?? "",
      direction: "incoming",
      kind: rows.length > 1 ? "bulk_connect" : "connect",
      status: "open",
      asked_by: "Paul Partner",
      asked_at: new Date(Date.now() - 5 * 60_000).toISOString(),
      content: "remote",
      comments: true,
      attachments: true,
      total: made.length,
      counts: countRows(made),
      first: null,
      decided_at: null,
      decided_by: "",
      ...changes,
    };
    this.known.push({ proposal, rows: made });
    this.tell(organization, connection.id);
    return proposal;
  }

  addSamples(organization: FakeOrganization, connection: Connection): void {
    this.add(organization, connection, {}, [{}]);
    this.add(organization, connection, { kind: "lineage", content: null, asked_by: "" }, [
      { remote: { id: "9007199", url: "", title: null, type: null } },
    ]);
    this.add(organization, connection, { direction: "outgoing", asked_by: "Ada Lovelace", content: "local" }, [{}]);
    this.add(
      organization,
      connection,
      { asked_by: "عبد الرحمن" },
      Array.from({ length: 60 }, (_, place) => ({
        local: { id: String(100 + place), url: itemUrl(100 + place), title: null, type: null, project: null },
      })),
    );
  }

  private list(query: URLSearchParams): Proposal[] {
    const is = (name: string, value: string): boolean => !query.has(name) || query.get(name) === value;
    const isWanted = (status: ProposalStatus): boolean =>
      query.get("status") === "undecided" ? UNDECIDED.includes(status) : is("status", status);
    return this.known
      .map(({ proposal, rows }) => ({ ...proposal, first: rows[0] === undefined ? null : hideOwn(rows[0]) }))
      .filter(
        (each) => is("connection_id", each.connection_id) && is("direction", each.direction) && isWanted(each.status),
      );
  }

  private show({ proposal, rows }: Known, query: URLSearchParams): ProposalDetails {
    return { ...proposal, first: rows[0] ?? null, rows: pageOf(rows, query) };
  }

  private acceptAll(connectionId: string, organization: FakeOrganization, user: string): FakeAnswer {
    const wanted = this.known.filter(
      ({ proposal }) => proposal.connection_id === connectionId && proposal.direction === "incoming",
    );
    const decisions = wanted.map((known) => this.decide(known, "accept", null, organization, user));
    return {
      status: 200,
      body: {
        count: decisions.reduce((sum, { count }) => sum + count, 0),
        obstacles: decisions.flatMap(({ obstacles }) => obstacles),
      },
    };
  }

  private decide(known: Known, deed: Deed, numbers: readonly number[] | null, organization: FakeOrganization, user: string) {
    const from = deed === "connect" || deed === "separate" ? ["held"] : deed === "withdraw" ? ["held", "open"] : ["open"];
    const wanted = known.rows.filter((row) => from.includes(row.status) && (numbers === null || numbers.includes(row.number)));
    const reasons = wanted.flatMap((row) => (deed === "accept" ? (this.obstacles.get(row.local.id) ?? []) : []));
    const decided = wanted.filter((row) => deed !== "accept" || !this.obstacles.has(row.local.id));
    known.rows = known.rows.map((row) => (decided.includes(row) ? { ...row, status: OUTCOMES[deed] } : row));
    const counts = countRows(known.rows);
    known.proposal = {
      ...known.proposal,
      counts,
      status: (counts.held ?? 0) > 0 ? "held" : (counts.open ?? 0) > 0 ? "open" : OUTCOMES[deed],
      decided_at: new Date().toISOString(),
      decided_by: user,
    };
    this.tell(organization, known.proposal.connection_id);
    return { count: decided.length, obstacles: reasons };
  }

  private tell(organization: FakeOrganization, connectionId: string): void {
    const open = this.known.filter(
      ({ proposal }) =>
        proposal.connection_id === connectionId &&
        (proposal.status === "held" || (proposal.direction === "incoming" && proposal.status === "open")),
    );
    organization.update(connectionId, { proposals: open.length }, false);
  }
}

function makeRow(number: number, changes: Partial<ProposalRow>): ProposalRow {
  const id = changes.local?.id ?? "12";
  return {
    number,
    status: "open",
    message: "",
    local: { id, url: itemUrl(Number(id)), title: TITLES.get(id) ?? null, type: TITLES.has(id) ? "Bug" : null, project: "Alpha" },
    remote: {
      id: String(900 + number),
      url: `https://dev.azure.com/partner/_workitems/edit/${900 + number}`,
      title: "Can't sign in since Tuesday",
      type: "Issue",
    },
    ...changes,
  };
}

/** A list reads nothing of this side's work items. */
function hideOwn(row: ProposalRow): ProposalRow {
  return { ...row, local: { ...row.local, title: null, type: null, project: null } };
}

function countRows(rows: readonly ProposalRow[]): Partial<Record<ProposalStatus, number>> {
  const counts: Partial<Record<ProposalStatus, number>> = {};
  for (const { status } of rows) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

function itemUrl(number: number): string {
  return `https://dev.azure.com/fabrikam/_workitems/edit/${number}`;
}
