import type { Answer, CallOptions } from "./call";
import type { CounterpartChoice, KeptContent, PanelState, Twin } from "./types";

type Caller = (path: string, options?: CallOptions) => Promise<Answer>;

export interface ConnectWish {
  readonly connection_id: string;
  readonly remote_work_item_id: string;
  readonly content: KeptContent;
}

/** Every request of the work item panel; each one proves with the person's own token what the person may do. */
export class PanelApi {
  constructor(
    private readonly call: Caller,
    private readonly getAccessToken: () => Promise<string>,
  ) {}

  async read(workItemId: number, signal?: AbortSignal): Promise<PanelState> {
    return (await this.request(`/work-items/${workItemId}/twins`, { signal })).body as PanelState;
  }

  async exalate(connectionId: string, workItemId: number, counterpart?: CounterpartChoice): Promise<Twin> {
    const path = `/connections/${encodeURIComponent(connectionId)}/work-items`;
    return (await this.request(path, { method: "POST", body: { work_item: String(workItemId), counterpart } })).body as Twin;
  }

  async connect(workItemId: number, wish: ConnectWish): Promise<void> {
    await this.request(`/work-items/${workItemId}/connect`, { method: "POST", body: wish });
  }

  async unexalate(connectionId: string, workItemId: number, waiting: "finish" | "stop"): Promise<void> {
    const path = `/connections/${encodeURIComponent(connectionId)}/work-items/${workItemId}?waiting=${waiting}`;
    await this.request(path, { method: "DELETE" });
  }

  async retry(errorId: string): Promise<void> {
    await this.request(`/errors/${encodeURIComponent(errorId)}/retry`, { method: "POST" });
  }

  private async request(path: string, options: CallOptions): Promise<Answer> {
    const token = await this.getAccessToken();
    return this.call(path, { ...options, headers: { "X-AzureDevOps-AccessToken": token } });
  }
}
