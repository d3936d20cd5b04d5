import type { Host, Navigation } from "./host";

/** The part of azure-devops-extension-sdk that is used here, after its `ready()`. */
export interface HostSdk {
  getHost(): { id: string; name: string; isHosted: boolean };
  getContributionId(): string;
  getAppToken(): Promise<string>;
  getAccessToken(): Promise<string>;
  getService(contributionId: string): Promise<unknown>;
}

interface HostNavigationService {
  getHash(): Promise<string>;
  setHash(hash: string): void;
  replaceHash(hash: string): void;
  onHashChanged(callback: (hash: string) => void): void;
}

interface LocationService {
  getServiceLocation(): Promise<string>;
}

/** An optional service that never answers must not keep the page from starting. */
const SERVICE_TIMEOUT_MILLISECONDS = 5_000;

export async function readSdkHost(sdk: HostSdk): Promise<Host> {
  const { id, name, isHosted } = sdk.getHost();
  return {
    organization: { id, name, isHosted },
    collectionUrl: await readCollectionUrl(sdk),
    contributionId: sdk.getContributionId(),
    getAppToken: () => sdk.getAppToken(),
    getAccessToken: () => sdk.getAccessToken(),
  };
}

/** The host's navigation; where it has none, tabs work but are not in the address. */
export async function readSdkNavigation(sdk: HostSdk): Promise<Navigation> {
  const service = await findService<HostNavigationService>(sdk, "ms.vss-features.host-navigation-service");
  const listeners = new Set<(hash: string) => void>();
  service?.onHashChanged((hash) => listeners.forEach((listener) => listener(hash)));
  return {
    getHash: async () => (await inTime(service?.getHash())) ?? "",
    setHash: (hash, replace) => {
      if (replace) service?.replaceHash(hash);
      else service?.setHash(hash);
    },
    onHashChanged: (callback) => {
      listeners.add(callback);
      return () => listeners.delete(callback);
    },
  };
}

async function readCollectionUrl(sdk: HostSdk): Promise<string | null> {
  const service = await findService<LocationService>(sdk, "ms.vss-features.location-service");
  return (await inTime(service?.getServiceLocation())) ?? null;
}

/** An unknown service may resolve to nothing instead of being refused. */
async function findService<Service>(sdk: HostSdk, id: string): Promise<Service | null> {
  return ((await inTime(sdk.getService(id))) as Service | undefined) ?? null;
}

async function inTime<Value>(promise: Promise<Value> | undefined): Promise<Value | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const deadline = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), SERVICE_TIMEOUT_MILLISECONDS);
  });
  try {
    return await Promise.race([promise, deadline]);
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}
