import * as SDK from "azure-devops-extension-sdk";
import { createRoot } from "react-dom/client";

import { findApiUrl } from "../common/api/node-address";
import { SessionKeeper } from "../common/api/session";
import { followTheme } from "../common/host/color-scheme";
import { showOutsideHint } from "../common/host/outside-hint";
import { readSdkHost, readSdkNavigation } from "../common/host/sdk-host";
import "../shared-ui/styles/index.css";
import { Hub } from "./hub";
import "./hub.css";

/** The contribution "adnode": the page under Organization settings. */
async function start(): Promise<void> {
  const stopHint = showOutsideHint(document);
  await SDK.init({ loaded: false, applyTheme: true });
  await SDK.ready();
  stopHint();
  followTheme(document);
  const [host, navigation] = await Promise.all([readSdkHost(SDK), readSdkNavigation(SDK)]);
  const keeper = new SessionKeeper((url, init) => fetch(url, init), findApiUrl(document), host, "hub");
  const root = document.getElementById("root");
  if (root === null) throw new Error("The page has no element #root.");
  createRoot(root).render(<Hub host={host} navigation={navigation} keeper={keeper} />);
  await SDK.notifyLoadSucceeded();
}

start().catch((thrown: unknown) => {
  void SDK.notifyLoadFailed(thrown instanceof Error ? thrown : String(thrown));
});
