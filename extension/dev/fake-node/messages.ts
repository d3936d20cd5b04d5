/** Requests and answers of the in-memory node, without any network. */
export interface FakeRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface FakeAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** Thrown by any part of the node; becomes a problem document. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
    readonly extra: Readonly<Record<string, unknown>> = {},
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(detail);
  }

  get answer(): FakeAnswer {
    const { status, code, message, extra, headers } = this;
    return {
      status,
      headers: { "Content-Type": "application/problem+json", ...headers },
      body: { type: "about:blank", title: code, status, code, detail: message, correlation_id: "c0ffee42", ...extra },
    };
  }
}

export function textOf(body: Readonly<Record<string, unknown>>, name: string): string {
  const value = body[name];
  if (typeof value !== "string" || value === "") {
    throw new Refusal(422, "validation", `${name} is missing.`, { errors: [{ field: name, message: "Enter something." }] });
  }
  return value;
}

export function pageOf<Item>(items: readonly Item[], query: URLSearchParams) {
  const limit = Math.min(Number(query.get("limit") ?? 50), 200);
  const start = Number(query.get("after") ?? 0);
  const end = start + limit;
  return { items: items.slice(start, end), next: end < items.length ? String(end) : null, total: items.length };
}
