import { act, renderHook, waitFor } from "@testing-library/react";
import { describe, expect, it } from "vitest";

import { useAction } from "../../src/shared-ui/hooks/use-action";

describe("an action", () => {
  it("that is started twice at once runs once", async () => {
    let runs = 0;
    const { result } = renderHook(() =>
      useAction(() => {
        runs += 1;
        return Promise.resolve();
      }),
    );
    act(() => {
      result.current.start();
      result.current.start();
    });
    await waitFor(() => expect(result.current.isRunning).toBe(false));
    expect(runs).toBe(1);
  });

  it("keeps why it failed until it is started again", async () => {
    let isBroken = true;
    const { result } = renderHook(() => useAction(() => (isBroken ? Promise.reject(new Error("Broken.")) : Promise.resolve())));
    act(() => result.current.start());
    await waitFor(() => expect(result.current.error?.message).toBe("Broken."));
    isBroken = false;
    act(() => result.current.start());
    await waitFor(() => expect(result.current.isRunning).toBe(false));
    expect(result.current.error).toBeNull();
  });
});
