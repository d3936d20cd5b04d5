import { useSyncExternalStore } from "react";

import type { PanelApi } from "../common/api/panel-api";
import { WORK_ITEM_PANEL_NAME } from "../common/product";
import { PairList } from "./pair-list";
import type { ShownWorkItem } from "./shown-work-item";

interface WorkItemPanelProps {
  readonly api: PanelApi;
  readonly shown: ShownWorkItem;
}

/** How the work item on the form is synchronized, over each connection. */
export function WorkItemPanel({ api, shown }: WorkItemPanelProps) {
  const id = useSyncExternalStore(shown.listen, shown.read);
  return (
    <main className="group">
      <h1 className="only-read">{WORK_ITEM_PANEL_NAME}</h1>
      {id === null ? (
        <p className="quiet">Save this work item first; then it can be put under sync.</p>
      ) : (
        <PairList key={id} api={api} workItemId={id} />
      )}
    </main>
  );
}
