import { useCallback, useMemo, useState } from "react";

import type { ErrorCounts } from "../common/api/errors-api";
import { HubApi, type Caller } from "../common/api/hub-api";
import type { SessionKeeper } from "../common/api/session";
import type { Organization, Session } from "../common/api/types";
import type { Host, Navigation } from "../common/host/host";
import { Skeleton } from "../shared-ui/components/skeleton";
import { useErrorCounts } from "./errors/error-counts";
import { ErrorNotice } from "./errors/error-notice";
import { Frame } from "./frame/frame";
import type { Badges } from "./frame/menu";
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
  const call: Caller = useCallback((path, options) => keeper.call(path, options), [keeper]);
  const errors = useErrorCounts(session.value?.is_administrator === true ? call : null);
  const tab = route?.tab ?? TABS[0];
  if (tab === undefined) return null;
  return (
    <Frame tab={tab} node={node} badges={badgesOf(errors.value)} onOpen={(opened) => go(opened.key)}>
      <ErrorNotice newest={errors.value?.newest_grave ?? null} onShow={({ id }) => go(`errors/${encodeURIComponent(id)}`)} />
      {session.value !== null && route !== null ? (
        <OpenHub
          session={session.value}
          route={route}
          go={go}
          host={host}
          call={call}
          onErrorsChanged={errors.reload}
        />
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

function badgesOf(counts: ErrorCounts | null): Badges {
  if (counts === null) return {};
  return {
    errors: { amount: counts.total, noun: "open error" },
    connections: { amount: counts.proposals, noun: "open proposal" },
    "entity-sync-status": { amount: counts.conflicting, noun: "conflicting pair" },
  };
}

interface OpenHubProps {
  readonly session: Session;
  readonly route: Route;
  readonly go: (hash: string) => void;
  readonly host: Host;
  readonly call: Caller;
  readonly onErrorsChanged: () => void;
}

function OpenHub({ session, route, go, host, call, onErrorsChanged }: OpenHubProps) {
  const [organization, setOrganization] = useState<Organization>(session.organization);
  const api = useMemo(() => new HubApi(call), [call]);
  const getAccessToken = useCallback(() => host.getAccessToken(), [host]);
  const value = useMemo(
    () => ({
      api,
      call,
      getAccessToken,
      node: session.node,
      organization,
      setOrganization,
      contributionId: host.contributionId,
      go,
      onErrorsChanged,
    }),
    [api, call, getAccessToken, session.node, organization, host.contributionId, go, onErrorsChanged],
  );
  return (
    <HubContext.Provider value={value}>
      <TabContent route={route} />
    </HubContext.Provider>
  );
}
