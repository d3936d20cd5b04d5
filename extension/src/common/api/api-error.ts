/** The one error of the page: what the node refused, or why no answer came. */

export interface FieldError {
  readonly field: string;
  readonly message: string;
}

export interface Problem {
  readonly code: string;
  readonly status: number;
  /** What the node said; "" where no answer came. */
  readonly detail: string;
  readonly fieldErrors: readonly FieldError[];
  readonly correlationId: string | null;
  readonly retryAfterSeconds: number | null;
  /** The resource as it is now, when somebody else changed it meanwhile (412). */
  readonly current: unknown;
  /** The right that is missing and who can give it, as far as the node knows. */
  readonly right: string | null;
  readonly grantor: string | null;
}

/** Codes of failures that the page itself sees: no answer, too slow, not our API, no answer from Azure DevOps around it. */
export type PageCode = "network" | "timeout" | "unreadable" | "host_silent";

export class ApiError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail === "" ? problem.code : problem.detail);
    this.name = "ApiError";
    this.problem = problem;
  }

  get code(): string {
    return this.problem.code;
  }

  /** Whether trying the same again may help without anybody changing anything. */
  get isTransient(): boolean {
    return this.problem.status === 0 || this.problem.status === 429 || this.problem.status >= 500;
  }
}

export function pageError(code: PageCode): ApiError {
  return new ApiError({
    code,
    status: 0,
    detail: "",
    fieldErrors: [],
    correlationId: null,
    retryAfterSeconds: null,
    current: undefined,
    right: null,
    grantor: null,
  });
}

/** Whatever was thrown, as an ApiError; a mistake of the page itself keeps its message. */
export function toApiError(thrown: unknown): ApiError {
  if (thrown instanceof ApiError) return thrown;
  const detail = thrown instanceof Error ? thrown.message : String(thrown);
  return new ApiError({ ...pageError("unreadable").problem, code: "internal", detail });
}

/** The message for a field, or null. A field inside another is known by its own name: "client_secret.tenant_id". */
export function fieldMessage(error: ApiError | null, field: string): string | null {
  return error?.problem.fieldErrors.find((entry) => entry.field.split(".").at(-1) === field)?.message ?? null;
}

/** The error where no shown field says it already; null where one does. */
export function besideFields(error: ApiError | null, fields: readonly string[]): ApiError | null {
  return fields.some((field) => fieldMessage(error, field) !== null) ? null : error;
}

export function readProblem(status: number, headers: Headers, body: unknown): ApiError {
  const document = isRecord(body) ? body : {};
  const details = isRecord(document["details"]) ? { ...document, ...document["details"] } : document;
  return new ApiError({
    code: text(document["code"]) ?? codeOfStatus(status),
    status,
    detail: text(document["detail"]) ?? "",
    fieldErrors: readFieldErrors(document["errors"]),
    correlationId: text(document["correlation_id"]) ?? headers.get("X-Correlation-Id"),
    retryAfterSeconds: readRetryAfter(headers),
    current: document["current"],
    right: text(details["right"]),
    grantor: text(details["grantor"]) ?? text(details["who_can_give_it"]),
  });
}

function readFieldErrors(value: unknown): FieldError[] {
  if (!Array.isArray(value)) return [];
  return value.filter(isRecord).flatMap((entry) => {
    const field = text(entry["field"]);
    const message = text(entry["message"]);
    return field === null || message === null ? [] : [{ field, message }];
  });
}

function readRetryAfter(headers: Headers): number | null {
  const seconds = Number(headers.get("Retry-After") ?? "");
  return Number.isFinite(seconds) && seconds > 0 ? seconds : null;
}

function codeOfStatus(status: number): string {
  if (status === 401) return "session_expired";
  if (status === 404) return "not_found";
  if (status === 429) return "rate_limited";
  return status >= 500 ? "unavailable" : "unreadable";
}

function text(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
