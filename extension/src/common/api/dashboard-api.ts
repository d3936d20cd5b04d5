import type { Caller } from "./hub-api";
import { KeptAnswer } from "./kept-answer";
import type { ConnectionStatus, TwinStatus } from "./types";

/** In milliseconds: what half, 95 and 99 of 100 changes took at most. */
export interface Latency {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

export interface Activity {
  /** The first day, YYYY-MM-DD of UTC. */
  readonly begin: string;
  readonly incoming: number;
  readonly outgoing: number;
  readonly pairs: number;
  readonly errors: number;
  readonly latency: Latency | null;
}

export interface SlowConnection {
  readonly connection_id: string;
  readonly name: string;
  readonly applied: number;
  readonly latency: Latency;
}

type Counts<Name extends string> = Readonly<Partial<Record<Name, number>>>;

export interface Dashboard {
  readonly connections: Counts<ConnectionStatus>;
  readonly twins: Counts<TwinStatus>;
  readonly held: number;
  /** Pairs with a value that lost and that nobody has decided on. */
  readonly conflicting: number;
  readonly errors: Readonly<Record<string, number>>;
  readonly queue: { readonly outgoing: number; readonly incoming: number };
  /** Thirty, today at the end. */
  readonly days: readonly Activity[];
  /** Twelve from Monday, the present one at the end. */
  readonly weeks: readonly Activity[];
  /** Of the last seven days; null when nothing came in. */
  readonly latency: Latency | null;
  readonly slowest: readonly SlowConnection[];
}

/** How the organization is doing. */
export class DashboardApi {
  private readonly dashboard: KeptAnswer<Dashboard>;

  constructor(call: Caller) {
    this.dashboard = new KeptAnswer<Dashboard>(call, "/dashboard");
  }

  getDashboard(signal?: AbortSignal): Promise<Dashboard> {
    return this.dashboard.read(signal);
  }
}
