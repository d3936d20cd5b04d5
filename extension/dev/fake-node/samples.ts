import type { Connection } from "../../src/common/api/types";
import type { FakeNode } from "./fake-node";
import { makeConnection } from "./fake-organization";
import { makeTwin } from "./fake-work-items";

const MINUTE = 60_000;

/** Connections in every state, with names that are long or written from right to left. */
export function addSamples(node: FakeNode): void {
  const { fabrikam } = node;
  const active = makeConnection(fabrikam, {
    ...lively("Adventure Works"),
    name: "fabrikam to Adventure Works",
    description: "Support tickets of the first line",
    under_sync: 1284,
    errors: 3,
    in_progress: 2,
    queue: { outgoing: 2, incoming: 1 },
  });
  fabrikam.connections.push(
    active,
    makeConnection(fabrikam, { ...lively("نورث ويند للتجارة"), name: "فابريكام إلى نورث ويند", project: "مشروع", under_sync: 12 }),
    makeConnection(fabrikam, {
      ...lively("Contoso Suites International Holding and Services Limited Partnership"),
      name: "fabrikam to Contoso Suites International Holding and Services, incidents of the production environment only",
      project: "A project whose name is so long that it has to be broken over several lines somewhere",
      status: "deactivated",
      under_sync: 87,
    }),
    makeConnection(fabrikam, { ...lively("Tailspin Toys"), name: "fabrikam to Tailspin Toys", remote_status: "deactivated", partner_state: "paused", partner_since: new Date(Date.now() - 12 * MINUTE).toISOString() }),
    makeConnection(fabrikam, {
      ...lively("Wingtip"),
      name: "fabrikam to Wingtip",
      is_contact_late: true,
      partner_state: "silent",
      partner_since: new Date(Date.now() - 95 * MINUTE).toISOString(),
      last_contact_at: new Date(Date.now() - 95 * MINUTE).toISOString(),
    }),
    makeConnection(fabrikam, {
      ...lively("Proseware"),
      name: "fabrikam to Proseware",
      status: "blocked",
      status_reason: "400 work items would be created within a minute. Look at the trigger, then activate again.",
      errors: 1,
    }),
    makeConnection(fabrikam, { ...lively("Litware"), name: "fabrikam to Litware", remote_status: "removed", partner_state: "ended", partner_since: new Date(Date.now() - 40 * MINUTE).toISOString() }),
  );
  const pending = makeConnection(fabrikam);
  fabrikam.connections.push(pending);
  node.invitations.issue(fabrikam, pending);
  addPairs(node, active);
  fabrikam.record("Ada Lovelace", "connection_initiated", active, { project: "Alpha" });
  fabrikam.record("Grace Hopper", "connection_changed", active, { name: { from: "fabrikam to unknown", to: active.name } });
}

export function addMany(node: FakeNode, amount: number): void {
  for (let number = 1; number <= amount; number += 1) {
    node.fabrikam.connections.push(
      makeConnection(node.fabrikam, { ...lively(`Partner ${number}`), name: `fabrikam to Partner ${number}`, under_sync: number }),
    );
  }
}

function addPairs(node: FakeNode, connection: Connection): void {
  const { fabrikam } = node;
  const remote = { id: "907", url: "https://dev.azure.com/adventure/_workitems/edit/907", organization_name: "Adventure Works" };
  fabrikam.twins.push(
    {
      ...makeTwin(fabrikam, connection, "12"),
      status: "failed",
      in_progress: false,
      remote,
      synchronized_at: new Date(Date.now() - 8 * MINUTE).toISOString(),
      errors: [
        {
          id: "error-1",
          code: "rule_violation",
          message: "The field Severity of the type Bug in project Alpha is required and has no value.",
          opened_at: new Date(Date.now() - 7 * MINUTE).toISOString(),
          is_transient: false,
        },
      ],
    },
  );
}

function lively(remote: string): Partial<Connection> {
  return {
    status: "active",
    remote: {
      organization_id: `id of ${remote}`,
      organization_name: remote,
      organization_url: "https://dev.azure.com/partner",
      node_url: "https://node.partner.example",
      fingerprint: "b7d4 0e55 19aa c3f8 6e21 94b0 7c3d 2f16",
    },
    last_contact_at: new Date(Date.now() - 20_000).toISOString(),
    synchronized_at: new Date(Date.now() - 4 * MINUTE).toISOString(),
  };
}
