// Plays the Azure DevOps page around ours, with the messages that the unmodified SDK expects. Query: organization, role
// (administrator, contributor, reader), page (hub, work-item-panel), theme (light, dark, contrast), sandbox, item.
/* global document, window, location, history, fetch, addEventListener */
const query = new URLSearchParams(location.search);
const organization = query.get("organization") ?? "fabrikam";
const role = query.get("role") ?? "administrator";
const page = query.get("page") ?? "hub";
const contributionId = `idalko-tools.exalate.${page === "hub" ? "adnode" : page}`;
const themes = readThemes();
const frame = document.createElement("iframe");
frame.title = "Exalate";
if (query.has("sandbox")) frame.setAttribute("sandbox", "allow-scripts allow-forms allow-popups");
document.body.classList.add(page === "hub" ? "full" : "panel");

const functions = {};
const waiting = {};
const hashListeners = [];
let functionCount = 0;
let messageCount = 0;
let handshakeToken;

async function readThemes() {
  return (await fetch("/dev/themes.json")).json();
}

function post(message) {
  frame.contentWindow.postMessage(JSON.stringify(message), "*");
}

function pack(value) {
  if (typeof value === "function") {
    functionCount += 1;
    functions[`proxy${functionCount}`] = value;
    return { __proxyFunctionId: functionCount, _channelId: 1 };
  }
  if (Array.isArray(value)) return value.map(pack);
  if (value !== null && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, pack(inner)]));
  }
  return value;
}

function unpack(value) {
  if (value === null || typeof value !== "object") return value;
  if (value.__proxyFunctionId) return (...values) => call("__proxyFunctions", `proxy${value.__proxyFunctionId}`, values);
  for (const name in value) value[name] = unpack(value[name]);
  return value;
}

function call(instanceId, methodName, params) {
  messageCount += 1;
  const id = messageCount;
  post({ id, instanceId, methodName, params: pack(params), handshakeToken });
  return new Promise((resolve, reject) => {
    waiting[id] = { resolve, reject };
  });
}

async function shakeHands() {
  const isHosted = organization === "fabrikam";
  const theme = (await themes)[query.get("theme") ?? "light"];
  return {
    contributionId,
    initialConfig: {},
    themeData: theme,
    context: {
      extension: { id: "exalate", publisherId: "idalko-tools", extensionId: "exalate", version: "0.1.0", baseUri: "" },
      user: { descriptor: "aad.ada", id: "ada", name: "ada", displayName: "Ada Lovelace", imageUrl: "" },
      host: { id: organization, name: organization, serviceVersion: "dev", type: 4, isHosted },
      pageContext: { globalization: {}, timeZonesConfiguration: {}, webContext: {} },
    },
  };
}

function setHash(hash, replaces) {
  history[replaces ? "replaceState" : "pushState"](null, "", `#${hash}`);
}

addEventListener("hashchange", () => hashListeners.forEach((listener) => listener(location.hash.slice(1))));

const services = {
  "ms.vss-features.host-navigation-service": {
    getHash: () => location.hash.slice(1),
    setHash: (hash) => setHash(hash, false),
    replaceHash: (hash) => setHash(hash, true),
    onHashChanged: (listener) => void hashListeners.push(listener),
  },
  "ms.vss-features.location-service": { getServiceLocation: () => `https://dev.azure.com/${organization}/` },
};

const token = (kind) => ({ token: kind === "app" ? `${organization}:ada:${role}` : "access token" });

const objects = {
  __proxyFunctions: functions,
  "DevOps.HostControl": {
    initialHandshake: shakeHands,
    notifyLoadSucceeded: () => page !== "hub" && call(contributionId, "onLoaded", [{ id: Number(query.get("item") ?? 12), isNew: query.has("new") }]),
    notifyLoadFailed: (error) => console.error("load failed", error),
    resize: (width, height) => page !== "hub" && (frame.style.height = `${height}px`),
    getAppToken: () => token("app"),
    getAccessToken: () => token("access"),
  },
  "DevOps.ServiceManager": { getService: (id) => services[id] },
};

async function answer(message) {
  const object = objects[message.instanceId];
  try {
    if (!object) throw new Error(`The registered object ${message.instanceId} could not be found.`);
    const result = message.methodName ? await object[message.methodName](...(unpack(message.params) || [])) : object;
    post({ id: message.id, result: pack(result), handshakeToken: message.handshakeToken });
  } catch (error) {
    post({ id: message.id, error: { message: error.message }, handshakeToken: message.handshakeToken });
  }
}

addEventListener("message", (event) => {
  if (event.source !== frame.contentWindow) return;
  let message;
  try {
    message = JSON.parse(event.data);
  } catch {
    return;
  }
  if (message.instanceId) {
    handshakeToken = message.handshakeToken || handshakeToken;
    void answer(message);
  } else if (waiting[message.id]) {
    const { resolve, reject } = waiting[message.id];
    delete waiting[message.id];
    if (message.error) reject(message.error);
    else resolve(unpack(message.result));
  }
});

window.setTheme = async (name) =>
  call("DevOps.SdkClient", "dispatchEvent", ["themeChanged", { detail: { data: (await themes)[name] } }]);

frame.src = `/static/${page}.html`;
document.body.append(frame);
