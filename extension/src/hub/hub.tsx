import { useCallback, useMemo, useState } from "react";

import { HubApi, type Caller } from "../common/api/hub-api";
import type { SessionKeeper } from "../common/api/session";
import type { Organization, Session } from "../common/api/types";
import type { Host, Navigation } from "../common/host/host";
import { Skeleton } from "../shared-ui/components/skeleton";
import { Frame } from "./frame/frame";
import { TABS, type Route } from "./frame/tabs";
import { useRoute } from "./frame/use-route";
import { TabFailure } from "./gate/tab-failure";
import { useNode } from "./gate/use-node";
import { useSession } from "./gate/use-session";
import { HubContext } from "./hub-context";
import { TabContent } from "./tab-content";

interface HubProps {
  readonly host: Host;
  readonly navigation: Navigation;
  readonly keeper: SessionKeeper;
}

/** The administrator's page. */
export function Hub({ host, navigation, keeper }: HubProps) {
  const { route, go } = useRoute(navigation);
  const session = useSession(keeper);
  const node = useNode(keeper, session);
  const tab = route?.tab ?? TABS[0];
  if (tab === undefined) return null;
  return (
    <Frame tab={tab} node={node} onOpen={(opened) => go(opened.key)}>
      {session.value !== null && route !== null ? (
        <OpenHub session={session.value} route={route} go={go} host={host} keeper={keeper} />
      ) : session.error !== null ? (
        <TabFailure error={session.error} organizationName={host.organization.name} onRetry={session.reload} />
      ) : (
        <div className="card">
          <Skeleton lines={6} label="Opening the page" />
        </div>
      )}
    </Frame>
  );
}

interface OpenHubProps {
  readonly session: Session;
  readonly route: Route;
  readonly go: (hash: string) => void;
  readonly host: Host;
  readonly keeper: SessionKeeper;
}

function OpenHub({ session, route, go, host, keeper }: OpenHubProps) {
  const [organization, setOrganization] = useState<Organization>(session.organization);
  const call: Caller = useCallback((path, options) => keeper.call(path, options), [keeper]);
  const api = useMemo(() => new HubApi(call), [call]);
  const value = useMemo(
    () => ({ api, call, node: session.node, organization, setOrganization, contributionId: host.contributionId, go }),
    [api, call, session.node, organization, host.contributionId, go],
  );
  return (
    <HubContext.Provider value={value}>
      <TabContent route={route} />
    </HubContext.Provider>
  );
}
