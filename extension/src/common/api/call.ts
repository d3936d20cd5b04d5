import { ApiError, pageError, readProblem } from "./api-error";

export const TIMEOUT_MILLISECONDS = 30_000;

export interface CallOptions {
  readonly method?: "GET" | "POST" | "PATCH" | "PUT" | "DELETE";
  readonly body?: unknown;
  /** A CSV file to send in place of a body. */
  readonly file?: Blob | string;
  /** Whether a CSV file is wanted: the answer's body is then its text. */
  readonly wantsFile?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  /** How long the answer may take, for what takes its time. */
  readonly timeoutMilliseconds?: number;
}

export interface Answer {
  readonly status: number;
  readonly etag: string | null;
  readonly body: unknown;
}

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/**
 * The only place that talks to the node. Resolves with what the node answered (304 included); rejects with an ApiError,
 * or with the AbortError of a caller that lost interest.
 */
export async function apiCall(fetcher: Fetch, url: string, options: CallOptions = {}): Promise<Answer> {
  const timer = new AbortController();
  const timeout = setTimeout(() => timer.abort(), options.timeoutMilliseconds ?? TIMEOUT_MILLISECONDS);
  const stop = (): void => timer.abort();
  options.signal?.addEventListener("abort", stop);
  try {
    const response = await fetcher(url, requestOf(options, timer.signal));
    return await readAnswer(response, options.wantsFile === true);
  } catch (thrown) {
    if (options.signal?.aborted === true) throw abortError();
    if (thrown instanceof ApiError) throw thrown;
    throw pageError(timer.signal.aborted ? "timeout" : "network");
  } finally {
    clearTimeout(timeout);
    options.signal?.removeEventListener("abort", stop);
  }
}

export function isAbort(thrown: unknown): boolean {
  return typeof thrown === "object" && thrown !== null && "name" in thrown && thrown.name === "AbortError";
}

function abortError(): Error {
  return new DOMException("Nobody waits for this answer any more.", "AbortError");
}

function requestOf(options: CallOptions, signal: AbortSignal): RequestInit {
  const accepted = options.wantsFile === true ? "text/csv" : "application/json";
  const headers: Record<string, string> = { Accept: accepted, ...options.headers };
  if (options.body !== undefined) headers["Content-Type"] = "application/json";
  if (options.file !== undefined) headers["Content-Type"] = "text/csv";
  return {
    method: options.method ?? "GET",
    headers,
    body: options.file ?? (options.body === undefined ? null : JSON.stringify(options.body)),
    signal,
    mode: "cors",
    credentials: "omit",
    cache: "no-store",
    redirect: "error",
  };
}

async function readAnswer(response: Response, isFile: boolean): Promise<Answer> {
  const etag = response.headers.get("ETag");
  if (response.status === 304 || response.status === 204) return { status: response.status, etag, body: undefined };
  const text = await response.text();
  const body = isFile && response.ok ? text : parse(text);
  if (!response.ok) throw readProblem(response.status, response.headers, body);
  if (body === undefined && text !== "") throw pageError("unreadable");
  return { status: response.status, etag, body };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
