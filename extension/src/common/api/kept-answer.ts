import type { Caller } from "./hub-api";

/** One answer of the node's; asked again, it travels only when it changed, and is the same object otherwise. */
export class KeptAnswer<Body> {
  private known: { readonly etag: string; readonly body: Body } | null = null;

  constructor(
    private readonly call: Caller,
    private readonly path: string,
  ) {}

  async read(signal?: AbortSignal): Promise<Body> {
    const { known } = this;
    const headers: Record<string, string> = known === null ? {} : { "If-None-Match": known.etag };
    const answer = await this.call(this.path, { headers, signal });
    if (answer.status === 304 && known !== null) return known.body;
    const body = answer.body as Body;
    this.known = answer.etag === null ? null : { etag: answer.etag, body };
    return body;
  }
}
