import * as SDK from "azure-devops-extension-sdk";
import { createRoot } from "react-dom/client";

import { findApiUrl } from "../common/api/node-address";
import { PanelApi } from "../common/api/panel-api";
import { SessionKeeper } from "../common/api/session";
import { followTheme } from "../common/host/color-scheme";
import { showOutsideHint } from "../common/host/outside-hint";
import { readSdkHost } from "../common/host/sdk-host";
import "../shared-ui/styles/index.css";
import { ShownWorkItem } from "./shown-work-item";
import "./work-item-panel.css";
import { WorkItemPanel } from "./work-item-panel";

interface LoadedArguments {
  readonly id: number;
  readonly isNew: boolean;
}

/** The contribution "work-item-panel": a group on every work item form. */
async function start(): Promise<void> {
  const stopHint = showOutsideHint(document);
  document.body.classList.add("in-form");
  await SDK.init({ loaded: false, applyTheme: true });
  await SDK.ready();
  stopHint();
  followTheme(document);
  const shown = new ShownWorkItem();
  registerForm(shown);
  const host = await readSdkHost(SDK);
  const keeper = new SessionKeeper((url, init) => fetch(url, init), findApiUrl(document), host, "panel");
  const api = new PanelApi(
    (path, options) => keeper.call(path, options),
    () => host.getAccessToken(),
  );
  const root = document.getElementById("root");
  if (root === null) throw new Error("The page has no element #root.");
  followSize(root);
  createRoot(root).render(<WorkItemPanel api={api} shown={shown} />);
  await SDK.notifyLoadSucceeded();
}

/** Before the load is reported, or the first work item would be missed. */
function registerForm(shown: ShownWorkItem): void {
  SDK.register(SDK.getContributionId(), () => ({
    onLoaded: ({ id, isNew }: LoadedArguments) => shown.show(isNew ? null : id),
    onSaved: ({ id }: LoadedArguments) => shown.show(id),
    onRefreshed: ({ id }: LoadedArguments) => shown.show(id),
    onUnloaded: () => shown.show(null),
    onFieldChanged: () => undefined,
    onReset: () => undefined,
  }));
}

/** The form gives the group as much room as it needs. */
function followSize(root: HTMLElement): void {
  new ResizeObserver(() => SDK.resize()).observe(root);
}

start().catch((thrown: unknown) => {
  void SDK.notifyLoadFailed(thrown instanceof Error ? thrown : String(thrown));
});
