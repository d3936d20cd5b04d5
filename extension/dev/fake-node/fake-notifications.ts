import type { Delivery, MailServer, NewMailServer, Subscriber, Trial } from "../../src/common/api/notifications-api";
import { pageOf, Refusal, textOf, type FakeAnswer, type FakeRequest } from "./messages";

const MAIL_STEPS = ["lookup", "connection", "encryption", "sign_in", "sender", "recipient", "message"];
const WEBHOOK_STEPS = ["lookup", "connection", "encryption", "answer"];
const HANGS = "did not answer in time. Check host and port, and that security fits the port: TLS is usual on 465, STARTTLS on 587.";

/** Exalate Notifications of one organization. Mail servers whose name begins with "slow" hang. */
export class FakeNotifications {
  server: MailServer | null = null;
  canUnsubscribe = true;
  subscribers: Subscriber[] = [];
  deliveries: Delivery[] = [];
  private revision = 0;
  private sequence = 0;

  answer(request: FakeRequest): FakeAnswer | null {
    const { method, path } = request;
    if (!path.startsWith("/notifications/")) return null;
    const parts = path.split("/").slice(2);
    if (parts[0] === "mail-server") return this.answerAboutServer(request, parts[1] ?? "");
    if (parts[0] === "deliveries") return this.answerAboutDeliveries(request, parts[1]);
    if (parts[1] === undefined) return method === "GET" ? ok(pageOf(this.subscribers, request.query)) : this.add(request);
    return this.answerAboutSubscriber(request, parts[1], parts[2] ?? "");
  }

  addSamples(): void {
    const now = Date.now();
    const ago = (minutes: number): string => new Date(now - minutes * 60_000).toISOString();
    this.server = {
      host: "smtp.example.com",
      port: 587,
      security: "starttls",
      sender_address: "exalate@example.com",
      sender_name: "Exalate",
      user: "robot",
      has_password: true,
    };
    this.revision = 1;
    this.subscribers = [
      makeSubscriber("s-1", { address: "ada@example.com", told_at: ago(12) }),
      makeSubscriber("s-2", {
        kind: "webhook",
        address: "https://hooks.example.com/workflows/1f7a/triggers/manual",
        impacts: ["connection", "node"],
        told_at: ago(180),
        trouble: "The receiver answered 500. Look at its log; it has to answer 200 to 299.",
      }),
      makeSubscriber("s-3", { address: "operations@example.com", digest: "daily", status: "unsubscribed", connection_ids: ["c-1"] }),
    ];
    this.deliveries = [
      makeDelivery("d-4", { created_at: ago(12), error_count: 1000, codes: ["rule_violation"] }),
      makeDelivery("d-3", {
        kind: "webhook",
        address: "webhook at hooks.example.com",
        created_at: ago(30),
        status: "waiting",
        attempts: 4,
        error: "The receiver answered 500. Look at its log; it has to answer 200 to 299.",
        next_attempt_at: new Date(now + 600_000).toISOString(),
        codes: ["peer_unreachable"],
      }),
      makeDelivery("d-2", {
        address: "gone@example.com",
        created_at: ago(1500),
        status: "failed",
        error: "The server refused the recipient's address. It said: 550 5.1.1 no such user here",
        error_count: 3,
        group_count: 2,
        codes: ["project_not_found", "azure_devops_missing_right"],
      }),
      makeDelivery("d-1", { created_at: ago(4000), status: "cancelled" }),
    ];
  }

  private answerAboutServer(request: FakeRequest, deed: string): FakeAnswer {
    if (deed === "test") return ok(this.tryMail(request.body["server"] as NewMailServer, textOf(request.body, "recipient")));
    if (request.method === "PUT") this.saveServer(request);
    if (request.method === "DELETE") {
      this.server = null;
      this.revision = 0;
      return { status: 204 };
    }
    return ok(this.serverState);
  }

  private get serverState() {
    return { server: this.server, can_unsubscribe: this.canUnsubscribe, revision: this.revision };
  }

  private saveServer(request: FakeRequest): void {
    checkRevision(request, this.revision, this.serverState);
    const { password, ...server } = request.body as unknown as NewMailServer;
    this.server = { ...server, has_password: password !== null || (this.server?.has_password ?? false) };
    this.revision += 1;
  }

  private tryMail(server: NewMailServer, recipient: string): Trial {
    const skipped = server.user === "" ? ["sign_in"] : [];
    if (server.security === "none") skipped.push("encryption");
    if (server.host.startsWith("slow")) return trial(MAIL_STEPS, skipped, "connection", `${server.host}, port ${server.port} ${HANGS}`);
    if (recipient.startsWith("nobody")) {
      return trial(MAIL_STEPS, skipped, "recipient", "The server refused the recipient's address. It said: 550 no such user");
    }
    return trial(MAIL_STEPS, skipped);
  }

  private add(request: FakeRequest): FakeAnswer {
    const wish = request.body as unknown as Subscriber;
    const host = wish.kind === "webhook" ? new URL(wish.address).hostname : "";
    if (/^(localhost|127\.|10\.|169\.254\.)/.test(host)) {
      const reason = "it leads to an address inside a private network, which the operator has not allowed";
      throw new Refusal(422, "url_refused", `The address of this webhook can't be called: ${reason}.`);
    }
    if (this.subscribers.some(({ address }) => address === wish.address)) {
      throw new Refusal(409, "state", `${wish.address} is told already. Change that entry instead of adding another.`);
    }
    this.sequence += 1;
    const subscriber = makeSubscriber(`new-${this.sequence}`, wish);
    this.subscribers = [...this.subscribers, subscriber];
    const secret = wish.kind === "webhook" ? "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" : null;
    return { status: 201, body: { subscriber, secret } };
  }

  private answerAboutSubscriber(request: FakeRequest, id: string, deed: string): FakeAnswer {
    const subscriber = this.subscribers.find((one) => one.id === id);
    if (subscriber === undefined) throw new Refusal(404, "not_found", `There is no subscriber ${id} here.`);
    if (deed === "secret") return ok({ secret: "whsec_AAAAAr8GKYqrTwjUPD8ILPZIo2LaLaSw" });
    if (deed === "test") return ok(trySubscriber(subscriber));
    if (request.method === "DELETE") {
      this.subscribers = this.subscribers.filter((one) => one !== subscriber);
      return { status: 204 };
    }
    checkRevision(request, subscriber.revision, subscriber);
    const { is_active: isActive, ...changes } = request.body as Partial<Subscriber> & { is_active?: boolean };
    const status = isActive === undefined ? subscriber.status : isActive ? "active" : "paused";
    const changed = { ...subscriber, ...changes, status, revision: subscriber.revision + 1 };
    this.subscribers = this.subscribers.map((one) => (one === subscriber ? changed : one));
    return ok(changed);
  }

  private answerAboutDeliveries(request: FakeRequest, id: string | undefined): FakeAnswer {
    if (id === undefined) {
      const status = request.query.get("status") ?? "";
      return ok(pageOf(this.deliveries.filter((one) => status === "" || one.status === status), request.query));
    }
    this.deliveries = this.deliveries.map((one) => (one.id === id ? { ...one, status: "waiting", attempts: 0, error: "" } : one));
    return ok(this.deliveries.find((one) => one.id === id));
  }
}

export function makeSubscriber(id: string, changes: Partial<Subscriber> = {}): Subscriber {
  return {
    id,
    kind: "email",
    address: `${id}@example.com`,
    impacts: ["work_item", "connection", "trigger", "node"],
    connection_ids: [],
    digest: "at_once",
    status: "active",
    created_at: new Date().toISOString(),
    told_at: null,
    trouble: "",
    revision: 1,
    ...changes,
  };
}

export function makeDelivery(id: string, changes: Partial<Delivery> = {}): Delivery {
  const now = new Date().toISOString();
  return {
    id,
    subscriber_id: "s-1",
    kind: "email",
    address: "ada@example.com",
    status: "sent",
    error_count: 1,
    group_count: changes.codes?.length ?? 1,
    codes: ["rule_violation"],
    attempts: 1,
    error: "",
    created_at: now,
    next_attempt_at: now,
    settled_at: now,
    ...changes,
  };
}

function trySubscriber(subscriber: Subscriber): Trial {
  if (subscriber.kind === "email") return trial(MAIL_STEPS, []);
  return subscriber.trouble === "" ? trial(WEBHOOK_STEPS, []) : trial(WEBHOOK_STEPS, [], "answer", subscriber.trouble);
}

function trial(steps: readonly string[], skipped: readonly string[], failed = "", detail = ""): Trial {
  const place = failed === "" ? steps.length : steps.indexOf(failed);
  return {
    is_delivered: failed === "",
    steps: steps.map((step, index) => {
      if (index === place) return { step, outcome: "failed", detail };
      return { step, outcome: index > place || skipped.includes(step) ? "skipped" : "passed", detail: "" };
    }),
  };
}

function checkRevision(request: FakeRequest, revision: number, current: unknown): void {
  if (request.headers.get("If-Match") !== `"${revision}"`) {
    throw new Refusal(412, "precondition_failed", "Somebody changed it.", { current });
  }
}

function ok(body: unknown): FakeAnswer {
  return { status: 200, body };
}
