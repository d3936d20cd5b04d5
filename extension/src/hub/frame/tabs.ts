/** The menu, in the order of the original's console. */
export interface Tab {
  readonly key: string;
  readonly title: string;
  /** What a tab that is not built yet will do; undefined for those that are here. */
  readonly plan?: string;
}

export const TABS: readonly Tab[] = [
  { key: "getting-started", title: "Getting Started" },
  { key: "general-settings", title: "General Settings" },
  { key: "connections", title: "Connections" },
  {
    key: "entity-sync-status",
    title: "Entity Sync status",
    plan:
      "Here you will look up a work item by its key and see, for each connection, its counterpart, when it was last " +
      "synchronized, what waits and what failed. Until then, the Exalate group on the work item itself shows this.",
  },
  {
    key: "triggers",
    title: "Triggers",
    plan:
      "Here you will describe by a query which work items come under sync by themselves, see how many match, and put " +
      "them under sync in bulk. Until then, put single work items under sync from a connection or from the work item.",
  },
  {
    key: "errors",
    title: "Errors",
    plan:
      "Here you will see everything that stopped, grouped by its impact, and retry or resolve it. Until then, the " +
      "Exalate group on the work item shows its errors and has Retry, and Connections counts them.",
  },
  {
    key: "exalate-notifications",
    title: "Exalate Notifications",
    plan: "Here you will choose who gets a mail when an error is raised, how often, and from which impact on.",
  },
  {
    key: "license-details",
    title: "License Details",
    plan: "Here you will see how many new pairs each connection made this month. Nothing has to be bought.",
  },
  {
    key: "bulk-connect",
    title: "Bulk Connect",
    plan: "Here you will link many existing pairs of work items at once, from a CSV file that is checked first.",
  },
  {
    key: "sync-queue",
    title: "Sync Queue",
    plan:
      "Here you will see every change that is on its way, in both directions, and why one waits. Until then, the " +
      "details of a connection count what waits.",
  },
  {
    key: "clean-up-tools",
    title: "Clean-up Tools",
    plan: "Here you will remove what is left of earlier syncs, by work item or by connection. Work items will stay.",
  },
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
