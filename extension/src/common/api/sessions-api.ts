import type { Caller } from "./hub-api";

/** Somebody who is signed in to these pages; browser and address are as they were when the session was opened. */
export interface LiveSession {
  readonly id: string;
  readonly user: { readonly id: string; readonly name: string };
  readonly is_current: boolean;
  readonly opened_at: string;
  readonly used_at: string;
  readonly address: string;
  readonly browser: string;
}

export class SessionsApi {
  constructor(private readonly call: Caller) {}

  async list(signal?: AbortSignal): Promise<readonly LiveSession[]> {
    return ((await this.call("/sessions", { signal })).body as { items: LiveSession[] }).items;
  }

  async end(id: string): Promise<void> {
    await this.call(`/sessions/${encodeURIComponent(id)}`, { method: "DELETE" });
  }

  async endOthers(): Promise<void> {
    await this.call("/sessions", { method: "DELETE" });
  }
}
