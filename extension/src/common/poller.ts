import { toApiError, type ApiError } from "./api/api-error";
import { isAbort } from "./api/call";

const SLOWEST_MILLISECONDS = 30_000;

export interface LiveValue<Value> {
  /** The last value that arrived; kept when a later request fails. */
  readonly value: Value | null;
  /** Why the value is missing or may be out of date. */
  readonly error: ApiError | null;
}

/** Whether anybody can see the page; a hidden one asks for nothing. */
export interface Visibility {
  isVisible(): boolean;
  onChange(callback: () => void): () => void;
}

export const documentVisibility: Visibility = {
  isVisible: () => document.visibilityState !== "hidden",
  onChange: (callback) => {
    document.addEventListener("visibilitychange", callback);
    return () => document.removeEventListener("visibilitychange", callback);
  },
};

/**
 * Asks again and again while the page is visible: one request at a time, slower and slower while they fail (up to every
 * 30 s, or as the node says), at once when asked to. Without an interval it asks once.
 */
export class Poller<Value> {
  private state: LiveValue<Value> = { value: null, error: null };
  private timer: ReturnType<typeof setTimeout> | undefined;
  private request: AbortController | null = null;
  private failures = 0;
  private isStopped = true;
  private stopListening: () => void = () => undefined;

  constructor(
    private readonly load: (signal: AbortSignal) => Promise<Value>,
    private readonly intervalMilliseconds: number | null,
    private readonly tell: (state: LiveValue<Value>) => void,
    private readonly visibility: Visibility = documentVisibility,
  ) {}

  start(): void {
    this.isStopped = false;
    this.stopListening = this.visibility.onChange(() => {
      if (this.visibility.isVisible() && this.intervalMilliseconds !== null) this.refresh();
    });
    this.refresh();
  }

  stop(): void {
    this.isStopped = true;
    clearTimeout(this.timer);
    this.request?.abort();
    this.request = null;
    this.stopListening();
  }

  /** Asks now; an earlier request that is still under way is given up, its answer may be older than what was done. */
  refresh(): void {
    if (this.isStopped) return;
    clearTimeout(this.timer);
    this.request?.abort();
    const request = new AbortController();
    this.request = request;
    void this.ask(request);
  }

  private async ask(request: AbortController): Promise<void> {
    try {
      const value = await this.load(request.signal);
      if (this.request !== request) return;
      this.failures = 0;
      if (value !== this.state.value || this.state.error !== null) this.publish({ value, error: null });
    } catch (thrown) {
      if (this.request !== request || isAbort(thrown)) return;
      this.failures += 1;
      this.publish({ value: this.state.value, error: toApiError(thrown) });
    }
    this.request = null;
    this.schedule();
  }

  private publish(state: LiveValue<Value>): void {
    this.state = state;
    this.tell(state);
  }

  private schedule(): void {
    if (this.intervalMilliseconds === null || this.isStopped) return;
    const backoff = Math.min(this.intervalMilliseconds * 2 ** this.failures, SLOWEST_MILLISECONDS);
    const asked = (this.state.error?.problem.retryAfterSeconds ?? 0) * 1000;
    this.timer = setTimeout(() => {
      if (this.visibility.isVisible()) this.refresh();
      else this.schedule();
    }, Math.max(backoff, asked));
  }
}
