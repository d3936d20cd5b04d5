import { afterEach, describe, expect, it, vi } from "vitest";

import { apiCall, isAbort, TIMEOUT_MILLISECONDS, type Fetch } from "../../src/common/api/call";

const answering =
  (status: number, body: string, headers: Record<string, string> = {}): Fetch =>
  () =>
    Promise.resolve(new Response(body, { status, headers }));

const silent: Fetch = (_url, init) =>
  new Promise((_resolve, reject) => init.signal?.addEventListener("abort", () => reject(new DOMException("", "AbortError"))));

afterEach(() => vi.useRealTimers());

describe("a call to the node", () => {
  it("keeps what the node says of a refusal", async () => {
    const problem = JSON.stringify({
      code: "validation",
      detail: "The name is taken.",
      correlation_id: "17",
      errors: [{ field: "name", message: "Choose another one." }, { nonsense: true }],
    });
    await expect(apiCall(answering(422, problem, { "Retry-After": "7" }), "https://node/x")).rejects.toMatchObject({
      problem: {
        code: "validation",
        status: 422,
        detail: "The name is taken.",
        correlationId: "17",
        retryAfterSeconds: 7,
        fieldErrors: [{ field: "name", message: "Choose another one." }],
      },
    });
  });

  it("reads which right is missing, wherever the node puts it", async () => {
    const nested = JSON.stringify({ code: "administrator_required", details: { right: "Edit", grantor: "Grace" } });
    await expect(apiCall(answering(403, nested), "https://node/x")).rejects.toMatchObject({
      problem: { right: "Edit", grantor: "Grace" },
    });
  });

  it.each([
    [502, "<html>Bad gateway</html>", "unavailable"],
    [404, "", "not_found"],
    [429, "", "rate_limited"],
    [401, "", "session_expired"],
    [200, "<html>Sign in</html>", "unreadable"],
  ])("takes an answer %i with %j for %s", async (status, body, code) => {
    await expect(apiCall(answering(status, body), "https://node/x")).rejects.toMatchObject({ code });
  });

  it("that gets no answer in time is given up", async () => {
    vi.useFakeTimers();
    const call = expect(apiCall(silent, "https://node/x")).rejects.toMatchObject({ code: "timeout" });
    await vi.advanceTimersByTimeAsync(TIMEOUT_MILLISECONDS);
    await call;
  });

  it("that nobody waits for any more is no failure", async () => {
    const request = new AbortController();
    const call = apiCall(silent, "https://node/x", { signal: request.signal });
    request.abort();
    const thrown: unknown = await call.catch((error: unknown) => error);
    expect(isAbort(thrown)).toBe(true);
  });

  it("sends no cookie and follows no redirect", async () => {
    let sent: RequestInit = {};
    await apiCall((_url, init) => {
      sent = init;
      return Promise.resolve(new Response("{}"));
    }, "https://node/x");
    expect(sent).toMatchObject({ credentials: "omit", redirect: "error" });
  });
});
