import { createContext, useContext } from "react";

import type { Caller, HubApi } from "../common/api/hub-api";
import type { NodeInformation, Organization } from "../common/api/types";

/** What every tab knows once the session is open. */
export interface HubContextValue {
  readonly api: HubApi;
  /** For the requests of single tabs, which have modules of their own in common/api. Stays the same function. */
  readonly call: Caller;
  /** The person's own token, for the few requests that need the person's rights. Stays the same function. */
  readonly getAccessToken: () => Promise<string>;
  readonly node: NodeInformation;
  readonly organization: Organization;
  readonly setOrganization: (organization: Organization) => void;
  /** `publisher.extension.contribution`, for the address of this page in another organization. */
  readonly contributionId: string;
  /** Opens a tab, and there a thing by its name, as the address does: "connections", "connections/42". */
  readonly go: (hash: string) => void;
  /** Errors were retried or resolved: the menu counts anew. */
  readonly onErrorsChanged: () => void;
}

export const HubContext = createContext<HubContextValue | null>(null);

export function useHub(): HubContextValue {
  const value = useContext(HubContext);
  if (value === null) throw new Error("useHub() outside of the hub");
  return value;
}
