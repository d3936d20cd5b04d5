import { describe, expect, it, vi } from "vitest";

import { readSdkHost, readSdkNavigation, type HostSdk } from "../../src/common/host/sdk-host";

function makeSdk(services: Readonly<Record<string, unknown>>): HostSdk {
  return {
    getHost: () => ({ id: "id", name: "fabrikam", isHosted: true }),
    getContributionId: () => "p.e.c",
    getAppToken: () => Promise.resolve("app"),
    getAccessToken: () => Promise.resolve("access"),
    getService: (id) => {
      const service = services[id];
      if (service instanceof Error) return Promise.reject(service);
      return Promise.resolve(service);
    },
  };
}

const NAVIGATION = "ms.vss-features.host-navigation-service";
const LOCATION = "ms.vss-features.location-service";

describe("the host as the SDK shows it", () => {
  it("says where the organization is when the host tells", async () => {
    const sdk = makeSdk({ [LOCATION]: { getServiceLocation: () => Promise.resolve("https://dev.azure.com/fabrikam/") } });
    expect((await readSdkHost(sdk)).collectionUrl).toBe("https://dev.azure.com/fabrikam/");
  });

  it.each([["resolves to nothing", undefined], ["is refused", new Error("unknown")]])(
    "does without a service that %s",
    async (_what, service) => {
      const sdk = makeSdk({ [LOCATION]: service, [NAVIGATION]: service });
      expect((await readSdkHost(sdk)).collectionUrl).toBeNull();
      const navigation = await readSdkNavigation(sdk);
      expect(await navigation.getHash()).toBe("");
      expect(() => navigation.setHash("connections", false)).not.toThrow();
    },
  );

  it("does without a service that never answers", async () => {
    vi.useFakeTimers();
    const sdk = { ...makeSdk({}), getService: () => new Promise(() => undefined) };
    const host = readSdkHost(sdk);
    await vi.advanceTimersByTimeAsync(6_000);
    expect((await host).collectionUrl).toBeNull();
  });

  it("passes the address on in both directions", async () => {
    let listener: (hash: string) => void = () => undefined;
    const set: string[] = [];
    const service = {
      getHash: () => Promise.resolve("connections"),
      setHash: (hash: string) => set.push(`set ${hash}`),
      replaceHash: (hash: string) => set.push(`replace ${hash}`),
      onHashChanged: (callback: (hash: string) => void) => {
        listener = callback;
      },
    };
    const navigation = await readSdkNavigation(makeSdk({ [NAVIGATION]: service }));
    expect(await navigation.getHash()).toBe("connections");
    navigation.setHash("a", false);
    navigation.setHash("b", true);
    expect(set).toEqual(["set a", "replace b"]);
    const heard: string[] = [];
    const stop = navigation.onHashChanged((hash) => heard.push(hash));
    listener("triggers");
    stop();
    listener("errors");
    expect(heard).toEqual(["triggers"]);
  });
});
