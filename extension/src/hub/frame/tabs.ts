/** The menu, in the order of the original's console. */
export interface Tab {
  readonly key: string;
  readonly title: string;
}

export const TABS: readonly Tab[] = [
  { key: "getting-started", title: "Getting Started" },
  { key: "general-settings", title: "General Settings" },
  { key: "connections", title: "Connections" },
  { key: "entity-sync-status", title: "Entity Sync status" },
  { key: "triggers", title: "Triggers" },
  { key: "errors", title: "Errors" },
  { key: "exalate-notifications", title: "Exalate Notifications" },
  { key: "license-details", title: "License Details" },
  { key: "bulk-connect", title: "Bulk Connect" },
  { key: "sync-queue", title: "Sync Queue" },
  { key: "clean-up-tools", title: "Clean-up Tools" },
];

const FIRST_TAB = "getting-started";

export interface Route {
  readonly tab: Tab;
  /** What is open inside the tab; "" for nothing. */
  readonly detail: string;
}

/** Reads the part of the address after #; an unknown one leads to the first tab. */
export function readRoute(hash: string): Route {
  const [key = "", ...rest] = hash.replace(/^#/, "").split("/").map(decode);
  const tab = findTab(key) ?? findTab(FIRST_TAB);
  if (tab === undefined) throw new Error("the first tab is missing");
  return { tab, detail: tab.key === key ? rest.join("/") : "" };
}

function findTab(key: string): Tab | undefined {
  return TABS.find((tab) => tab.key === key);
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
