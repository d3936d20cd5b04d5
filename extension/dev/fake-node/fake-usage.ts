import type { Activity, Dashboard } from "../../src/common/api/dashboard-api";
import type { HeldItem, License, Usage } from "../../src/common/api/license-api";
import type { FakeOrganization } from "./fake-organization";
import { pageOf, type FakeAnswer, type FakeRequest } from "./messages";

const DAY = 86_400_000;

/** What the node counts of an organization: the plan, usage and the figures of the dashboard. */
export class FakeUsage {
  limit: number | null = null;
  usage: Usage[] = [];
  held: HeldItem[] = [];
  hasHistory = false;

  answer(request: FakeRequest, organization: FakeOrganization): FakeAnswer | null {
    switch (`${request.method} ${request.path}`) {
      case "GET /license":
        return { status: 200, body: this.license() };
      case "GET /license/usage":
        return { status: 200, body: pageOf(this.usage, request.query) };
      case "GET /license/held":
        return { status: 200, body: pageOf(this.held, request.query) };
      case "GET /license/export":
        return { status: 200, headers: { "Content-Type": "text/csv" }, body: this.file() };
      case "GET /dashboard":
        return { status: 200, body: this.dashboard(organization) };
      default:
        return null;
    }
  }

  /** A plan of that many pairs, as good as used up; with more usage than fits on a page. */
  addSamples(organization: FakeOrganization, limit: number | null): void {
    this.limit = limit;
    this.hasHistory = true;
    const months = monthsUntilNow();
    organization.connections.slice(0, 4).forEach(({ id, name, remote }, place) =>
      months.slice(place * 2).forEach((month, age) =>
        this.usage.push({
          month,
          connection_id: id,
          connection_name: name,
          destination: remote?.organization_url ?? null,
          pairs: Math.round(240 / (place + 1) + 12 * age),
        }),
      ),
    );
    this.usage.sort((one, other) => other.month.localeCompare(one.month) || other.pairs - one.pairs);
    if (limit !== null) this.addHeld(organization);
  }

  private addHeld(organization: FakeOrganization): void {
    const [connection] = organization.connections;
    if (connection === undefined) return;
    for (let number = 1; number <= 30; number += 1) {
      const isOurs = number % 3 > 0;
      this.held.push({
        twin_id: `held-${number}`,
        connection_id: connection.id,
        connection_name: connection.name,
        work_item_id: isOurs ? String(700 + number) : null,
        url: isOurs ? `${organization.information.url}/_workitems/edit/${700 + number}` : null,
        remote_work_item_id: isOurs ? null : String(40 + number),
        remote_url: isOurs ? null : `https://dev.azure.com/adventure/_workitems/edit/${40 + number}`,
        waits_since: new Date(Date.now() - (31 - number) * 600_000).toISOString(),
      });
    }
  }

  private license(): License {
    const months = monthsUntilNow();
    const pairs = months.map((month) => ({
      month,
      pairs: this.usage.filter((row) => row.month === month).reduce((sum, row) => sum + row.pairs, 0),
    }));
    const used = Math.min(pairs.at(-1)?.pairs ?? 0, this.limit ?? Infinity);
    return {
      plan: this.limit === null ? "unlimited" : this.limit === 1000 ? "free" : `pairs:${this.limit}`,
      limit: this.limit,
      month: months.at(-1) ?? "",
      used,
      remaining: this.limit === null ? null : this.limit - used,
      resets_at: endOfMonth(),
      held: this.held.length,
      months: pairs,
    };
  }

  private file(): string {
    const rows = this.usage.map((row) => `${row.month},${row.connection_name},${row.destination ?? ""},${row.connection_id},${row.pairs}`);
    return ["month,connection,destination,connection_id,new_pairs", ...rows, ""].join("\r\n");
  }

  private dashboard({ connections, twins }: FakeOrganization): Dashboard {
    const today = Math.floor(Date.now() / DAY) * DAY;
    const monday = today - ((new Date(today).getUTCDay() + 6) % 7) * DAY;
    const days = Array.from({ length: 30 }, (_, index) => this.activity(today - (29 - index) * DAY, 1));
    const slow = { p50: 820, p95: 4_300, p99: 41_000 };
    return {
      connections: tally(connections.map(({ status }) => status)),
      twins: this.hasHistory ? { synchronized: 1281, pending: 2, failed: 1, remote_removed: 3 } : tally(twins.map(({ status }) => status)),
      held: this.held.length,
      conflicting: twins.filter(({ conflicts }) => conflicts > 0).length,
      errors: this.hasHistory ? { work_item: 3, connection: 1, warning: 1 } : {},
      queue: this.hasHistory ? { outgoing: 2, incoming: 1 } : { outgoing: 0, incoming: 0 },
      days,
      weeks: Array.from({ length: 12 }, (_, index) => this.activity(monday - (11 - index) * 7 * DAY, 6)),
      latency: this.hasHistory ? { p50: 640, p95: 2_900, p99: 18_000 } : null,
      slowest: this.hasHistory
        ? connections.slice(0, 3).map(({ id, name }, place) => ({
            connection_id: id,
            name,
            applied: 4200 >> place,
            latency: { p50: slow.p50 / (place + 1), p95: slow.p95 / (place + 1), p99: slow.p99 / (place + 1) },
          }))
        : [],
    };
  }

  /** Busy on weekdays, with one slow day. */
  private activity(begin: number, days: number): Activity {
    const day = new Date(begin).toISOString().slice(0, 10);
    if (!this.hasHistory) return { begin: day, incoming: 0, outgoing: 0, pairs: 0, errors: 0, latency: null };
    const number = begin / DAY;
    const isQuiet = days === 1 && [0, 6].includes(new Date(begin).getUTCDay());
    const scale = days * (isQuiet ? 0.1 : 1);
    const isSlow = number % 11 === 3;
    return {
      begin: day,
      incoming: Math.round(scale * (90 + (number * 37) % 60)),
      outgoing: Math.round(scale * (60 + (number * 23) % 50)),
      pairs: Math.round(scale * (4 + (number * 7) % 9)),
      errors: number % 5 === 0 ? 2 : 0,
      latency: isQuiet && number % 2 === 0 ? null : { p50: 600 + (number * 13) % 200, p95: isSlow ? 9_000 : 2_400, p99: isSlow ? 44_000 : 8_000 },
    };
  }
}

function tally<Name extends string>(names: readonly Name[]): Partial<Record<Name, number>> {
  const counts: Partial<Record<Name, number>> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

function monthsUntilNow(): readonly string[] {
  const now = new Date();
  return Array.from({ length: 12 }, (_, index) =>
    new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - (11 - index), 1)).toISOString().slice(0, 7),
  );
}

function endOfMonth(): string {
  const now = new Date();
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1)).toISOString();
}
