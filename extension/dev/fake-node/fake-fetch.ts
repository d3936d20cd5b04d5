import type { Fetch } from "../../src/common/api/call";
import type { FakeNode } from "./fake-node";
import type { FakeAnswer, FakeRequest } from "./messages";

/** `fetch` that reaches a node in memory. */
export function fetchFrom(node: FakeNode): Fetch {
  return async (url, init) => {
    if (node.isDown) throw new TypeError("Failed to fetch");
    if (node.latencyMilliseconds > 0) await delay(node.latencyMilliseconds, init.signal ?? null);
    init.signal?.throwIfAborted();
    return toResponse(node.answer(toRequest(url, init)));
  };
}

export function toRequest(url: string, init: RequestInit): FakeRequest {
  const { pathname, searchParams } = new URL(url);
  return {
    method: init.method ?? "GET",
    path: pathname.replace(/^\/api\/v1/, ""),
    query: searchParams,
    headers: new Headers(init.headers),
    body: typeof init.body === "string" ? (JSON.parse(init.body) as Record<string, unknown>) : {},
  };
}

function toResponse({ status, headers, body }: FakeAnswer): Response {
  const isEmpty = status === 204 || status === 304;
  return new Response(isEmpty ? null : typeof body === "string" ? body : JSON.stringify(body), {
    status,
    headers: { "Content-Type": "application/json", ...headers },
  });
}

function delay(milliseconds: number, signal: AbortSignal | null): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(new DOMException("aborted", "AbortError"));
    });
  });
}
