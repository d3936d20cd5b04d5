import { BulkConnectTab } from "./bulk-connect/bulk-connect-tab";
import { CleanUpTab } from "./clean-up/clean-up-tab";
import { ConnectionsTab } from "./connections/connections-tab";
import { SyncStatusViews } from "./entity-sync-status/sync-status-views";
import { ErrorsTab } from "./errors/errors-tab";
import { ExalateNotificationsTab } from "./exalate-notifications/exalate-notifications-tab";
import type { Route } from "./frame/tabs";
import { GettingStartedTab } from "./getting-started/getting-started-tab";
import { LicenseDetailsTab } from "./license-details/license-details-tab";
import { SettingsTab } from "./settings/settings-tab";
import { SyncQueueTab } from "./sync-queue/sync-queue-tab";
import { TriggersTab } from "./triggers/triggers-tab";

export function TabContent({ route }: { readonly route: Route }) {
  const { tab, detail } = route;
  if (tab.key === "connections") return <ConnectionsTab detail={detail} />;
  if (tab.key === "general-settings") return <SettingsTab />;
  if (tab.key === "license-details") return <LicenseDetailsTab />;
  if (tab.key === "entity-sync-status") return <SyncStatusViews detail={detail} />;
  if (tab.key === "errors") return <ErrorsTab detail={detail} />;
  if (tab.key === "bulk-connect") return <BulkConnectTab />;
  if (tab.key === "clean-up-tools") return <CleanUpTab />;
  if (tab.key === "triggers") return <TriggersTab detail={detail} />;
  if (tab.key === "sync-queue") return <SyncQueueTab detail={detail} />;
  if (tab.key === "exalate-notifications") return <ExalateNotificationsTab detail={detail} />;
  return <GettingStartedTab />;
}
