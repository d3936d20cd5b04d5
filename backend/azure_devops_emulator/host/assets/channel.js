// The messages between a page of Azure DevOps and a framed page that uses azure-devops-extension-sdk: JSON texts.
// A request names an object and a method; an answer has the same id and no object.

const PROXIES = "__proxyFunctions";
const DEEPEST = 100;

/** One side of the conversation with a framed page. */
export class Channel {
  #frame;
  #origin;
  #objects;
  #proxies = {};
  #nextProxy = 1;
  #waiting = new Map();
  #nextId = 1;
  #open = Promise.withResolvers();
  #listener = (event) => this.#receive(event);

  /** `origin` is the only one that is listened to, "null" for a sandboxed frame; `objects` are what the page may call. */
  constructor(frame, origin, objects) {
    this.#frame = frame;
    this.#origin = origin;
    this.#objects = { ...objects, [PROXIES]: this.#proxies };
    window.addEventListener("message", this.#listener);
  }

  close() {
    window.removeEventListener("message", this.#listener);
    for (const { reject } of this.#waiting.values()) reject(new Error("The page is closed."));
    this.#waiting.clear();
  }

  /** Calls a method of an object that the page has registered. Waits for the page's handshake: it drops what is earlier. */
  async call(instanceId, methodName, parameters) {
    await this.#open.promise;
    const id = this.#nextId;
    this.#nextId += 1;
    const answer = Promise.withResolvers();
    this.#waiting.set(id, answer);
    this.#post({ id, instanceId, methodName, params: this.#pack(parameters) });
    return answer.promise;
  }

  #post(message) {
    this.#frame.contentWindow?.postMessage(JSON.stringify(message), "*");
  }

  #receive(event) {
    if (event.source !== this.#frame.contentWindow || event.origin !== this.#origin) return;
    const message = readMessage(event.data);
    if (!message) return;
    if (message.instanceId) void this.#answer(message);
    else this.#settle(message);
  }

  async #answer(message) {
    const reply = { id: message.id, handshakeToken: message.handshakeToken };
    try {
      reply.result = this.#pack(await this.#invoke(message));
    } catch (error) {
      reply.error = { name: error.name, message: error.message };
    }
    this.#post(reply);
    if (message.methodName === "initialHandshake" && !reply.error) this.#open.resolve();
  }

  async #invoke({ instanceId, methodName, params }) {
    const object = this.#objects[instanceId];
    if (!object) throw new Error(`The registered object ${instanceId} could not be found.`);
    if (!methodName) return object;
    if (typeof object[methodName] !== "function") throw new Error(`RPC method not found: ${methodName}`);
    return object[methodName](...(this.#unpack(params) ?? []));
  }

  #settle(message) {
    const answer = this.#waiting.get(message.id);
    if (!answer) return;
    this.#waiting.delete(message.id);
    if (message.error) answer.reject(Object.assign(new Error(message.error.message), { remote: message.error }));
    else answer.resolve(this.#unpack(message.result));
  }

  #pack(value, depth = 0) {
    if (typeof value === "function") return this.#packFunction(value);
    if (value instanceof Date) return { __proxyDate: value.getTime() };
    if (typeof value !== "object" || value === null || depth > DEEPEST) return value;
    if (Array.isArray(value)) return value.map((item) => this.#pack(item, depth + 1));
    const packed = {};
    for (const [name, item] of Object.entries(value)) packed[name] = this.#pack(item, depth + 1);
    return packed;
  }

  #packFunction(callback) {
    const id = this.#nextProxy;
    this.#nextProxy += 1;
    this.#proxies[`proxy${id}`] = callback;
    return { __proxyFunctionId: id, _channelId: 1 };
  }

  #unpack(value) {
    if (typeof value !== "object" || value === null) return value;
    if (value.__proxyFunctionId) {
      return (...parameters) => this.call(PROXIES, `proxy${value.__proxyFunctionId}`, parameters);
    }
    if (value.__proxyDate) return new Date(value.__proxyDate);
    for (const name of Object.keys(value)) value[name] = this.#unpack(value[name]);
    return value;
  }
}

function readMessage(data) {
  if (typeof data !== "string") return null;
  try {
    const message = JSON.parse(data);
    return typeof message === "object" ? message : null;
  } catch {
    return null;
  }
}
