import { ConnectionsTab } from "./connections/connections-tab";
import { PlannedTab } from "./frame/planned-tab";
import type { Route } from "./frame/tabs";
import { GettingStartedTab } from "./getting-started/getting-started-tab";
import { SettingsTab } from "./settings/settings-tab";

export function TabContent({ route }: { readonly route: Route }) {
  const { tab, detail } = route;
  if (tab.plan !== undefined) return <PlannedTab title={tab.title} plan={tab.plan} />;
  if (tab.key === "connections") return <ConnectionsTab detail={detail} />;
  if (tab.key === "general-settings") return <SettingsTab />;
  return <GettingStartedTab />;
}
