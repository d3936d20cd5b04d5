import type { Host } from "../host/host";
import { ApiError, pageError } from "./api-error";
import { apiCall, type Answer, type CallOptions, type Fetch } from "./call";
import type { NodeInformation, Session } from "./types";

/** The messages between page and Azure DevOps have no time limit of their own. */
const HOST_TIMEOUT_MILLISECONDS = 20_000;

/**
 * Holds the session token, in memory only, and renews it when the node asks for fresh tokens of Azure DevOps (the browser's
 * clock is not asked: it may be wrong). However many requests find it so, one renewal is under way at a time; what was asked
 * is then asked once more, so a person in the middle of a form sees nothing. A session of the hub that somebody ended is not
 * renewed: the person reloads the page.
 */
export class SessionKeeper {
  private session: Session | null = null;
  private renewal: Promise<Session> | null = null;
  /** The session that the node may let go on. */
  private soFar: Session | null = null;
  private end: ApiError | null = null;

  constructor(
    private readonly fetcher: Fetch,
    private readonly baseUrl: string,
    private readonly host: Host,
    private readonly purpose: "hub" | "panel",
  ) {}

  /** The session; made when there is none. Rejects with an ApiError. */
  open(): Promise<Session> {
    if (this.end !== null) return Promise.reject(this.end);
    if (this.session !== null) return Promise.resolve(this.session);
    this.renewal ??= this.create().finally(() => {
      this.renewal = null;
    });
    return this.renewal;
  }

  /** Calls the node with the session; renews it at most once when the node says that it has ended. */
  async call(path: string, options: CallOptions = {}): Promise<Answer> {
    const session = await this.open();
    try {
      return await this.callWith(session, path, options);
    } catch (thrown) {
      if (!(thrown instanceof ApiError) || thrown.problem.status !== 401) throw thrown;
      if (thrown.code === "session_ended" && this.purpose === "hub") {
        this.end = thrown;
        throw thrown;
      }
      if (this.session === session) {
        this.session = null;
        this.soFar = session;
      }
    }
    return this.callWith(await this.open(), path, options);
  }

  /** What the node says of itself to anybody, for pages without a session. */
  async readNode(signal?: AbortSignal): Promise<NodeInformation> {
    return (await apiCall(this.fetcher, `${this.baseUrl}/node`, { signal })).body as NodeInformation;
  }

  private callWith(session: Session, path: string, options: CallOptions): Promise<Answer> {
    const headers = { ...options.headers, Authorization: `Bearer ${session.token}` };
    return apiCall(this.fetcher, this.baseUrl + path, { ...options, headers });
  }

  private async create(): Promise<Session> {
    const [appToken, accessToken] = await Promise.all([this.readAppToken(), inTime(this.host.getAccessToken())]);
    const { organization } = this.host;
    const answer = await apiCall(this.fetcher, `${this.baseUrl}/session`, {
      method: "POST",
      headers: {
        ...(appToken === "" ? {} : { Authorization: `Bearer ${appToken}` }),
        "X-AzureDevOps-AccessToken": accessToken,
      },
      body: {
        host_id: organization.id,
        host_name: organization.name,
        is_hosted: organization.isHosted,
        ...(this.host.collectionUrl === null ? {} : { collection_url: this.host.collectionUrl }),
        ...(this.purpose === "panel" ? { purpose: this.purpose } : {}),
        ...(this.soFar?.id === undefined ? {} : { so_far: this.soFar.token }),
      },
    });
    this.session = answer.body as Session;
    return this.session;
  }

  /** Azure DevOps Server may have no app token to give; the node decides whether that will do. */
  private async readAppToken(): Promise<string> {
    if (this.host.organization.isHosted) return inTime(this.host.getAppToken());
    return inTime(this.host.getAppToken()).catch(() => "");
  }
}

function inTime(token: Promise<string>): Promise<string> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const deadline = new Promise<string>((_, reject) => {
    timer = setTimeout(() => reject(pageError("host_silent")), HOST_TIMEOUT_MILLISECONDS);
  });
  const answered = token.catch((): never => {
    throw pageError("host_silent");
  });
  return Promise.race([answered, deadline]).finally(() => clearTimeout(timer));
}
