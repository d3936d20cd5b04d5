import { beforeEach, describe, expect, it, vi } from "vitest";

import { ApiError, pageError } from "../../src/common/api/api-error";
import { Poller, type LiveValue, type Visibility } from "../../src/common/poller";

class FakeVisibility implements Visibility {
  private visible = true;
  private readonly listeners = new Set<() => void>();

  isVisible(): boolean {
    return this.visible;
  }

  onChange(callback: () => void): () => void {
    this.listeners.add(callback);
    return () => this.listeners.delete(callback);
  }

  show(visible: boolean): void {
    this.visible = visible;
    this.listeners.forEach((listener) => listener());
  }
}

/** A source whose answers the test gives by hand. */
function makeSource() {
  const told: LiveValue<string>[] = [];
  const visibility = new FakeVisibility();
  const source = { calls: 0, answer: (): Promise<string> => Promise.resolve("first"), told, visibility };
  const load = (): Promise<string> => {
    source.calls += 1;
    return source.answer();
  };
  const poller = new Poller(load, 2_000, (state) => told.push(state), visibility);
  return { source, poller };
}

beforeEach(() => {
  vi.useFakeTimers();
});

describe("a poller", () => {
  it("asks at once and then at its interval", async () => {
    const { source, poller } = makeSource();
    poller.start();
    await vi.advanceTimersByTimeAsync(6_100);
    expect(source.calls).toBe(4);
  });

  it("says nothing when nothing changed", async () => {
    const { source, poller } = makeSource();
    poller.start();
    await vi.advanceTimersByTimeAsync(6_100);
    expect(source.told).toEqual([{ value: "first", error: null }]);
  });

  it("keeps the last value when the node fails, and asks less and less often", async () => {
    const { source, poller } = makeSource();
    poller.start();
    await vi.advanceTimersByTimeAsync(10);
    source.answer = () => Promise.reject(pageError("network"));
    await vi.advanceTimersByTimeAsync(2_000);
    expect(source.told.at(-1)).toMatchObject({ value: "first", error: { code: "network" } });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(source.calls).toBeLessThan(8);
    source.answer = () => Promise.resolve("second");
    await vi.advanceTimersByTimeAsync(30_000);
    expect(source.told.at(-1)).toEqual({ value: "second", error: null });
  });

  it("waits for as long as the node asks", async () => {
    const { source, poller } = makeSource();
    const busy = new ApiError({ ...pageError("network").problem, code: "rate_limited", status: 429, retryAfterSeconds: 45 });
    source.answer = () => Promise.reject(busy);
    poller.start();
    await vi.advanceTimersByTimeAsync(44_000);
    expect(source.calls).toBe(1);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(source.calls).toBe(2);
  });

  it("asks nothing while nobody looks, and at once when somebody looks again", async () => {
    const { source, poller } = makeSource();
    poller.start();
    await vi.advanceTimersByTimeAsync(10);
    source.visibility.show(false);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(source.calls).toBe(1);
    source.visibility.show(true);
    await vi.advanceTimersByTimeAsync(10);
    expect(source.calls).toBe(2);
  });

  it("drops the answer to an earlier question when asked to look again", async () => {
    const { source, poller } = makeSource();
    source.answer = () => new Promise((resolve) => setTimeout(() => resolve("old"), 500));
    poller.start();
    source.answer = () => Promise.resolve("new");
    poller.refresh();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(source.told).toEqual([{ value: "new", error: null }]);
  });

  it("is silent once stopped", async () => {
    const { source, poller } = makeSource();
    poller.start();
    poller.stop();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(source.told).toEqual([]);
    expect(source.calls).toBe(1);
  });
});
