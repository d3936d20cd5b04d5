import { pageData } from "./page-data.js";

export const ACCESS_TOKEN = 0;
export const APP_TOKEN = 1;
const VERSION = "7.1";
const PATCH_TYPE = "application/json-patch+json";

/** A call that Azure DevOps refused; `message` is what it says. Status 0: there was no answer. */
export class RestError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

let ownToken = null;

/** A token of the signed-in person: for this page itself, or for the extension. */
export async function requestToken(kind, extension = null) {
  const body = { tokenType: kind, publisherName: extension?.publisherId, extensionName: extension?.extensionId };
  const address = `${pageData.base}/_apis/WebPlatformAuth/SessionToken?api-version=${VERSION}-preview.1`;
  const response = await send(address, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!isJson(response)) throw new RestError(401, "You are signed out. Reload the page to sign in again.");
  const document = await response.json();
  if (!response.ok) throw new RestError(response.status, document.message);
  return document.token;
}

/** Calls the REST API of the organization; the answer's document, null for an empty answer. */
export async function callRest(method, path, { query = {}, body = null, version = VERSION, file = null } = {}) {
  const parameters = new URLSearchParams({ ...query, "api-version": version });
  const address = `${pageData.base}/${path}?${parameters}`;
  const options = { method, headers: {}, body: null };
  if (file) {
    options.body = file;
    options.headers["Content-Type"] = "application/octet-stream";
  } else if (body !== null) {
    options.body = JSON.stringify(body);
    options.headers["Content-Type"] = Array.isArray(body) ? PATCH_TYPE : "application/json";
  }
  const response = await sendSigned(address, options);
  if (response.status === 204) return null;
  if (!isJson(response)) throw new RestError(response.status, `The answer is no JSON (status ${response.status}).`);
  const document = await response.json();
  if (!response.ok) throw new RestError(response.status, document.message ?? `Status ${response.status}`);
  return document;
}

async function sendSigned(address, options) {
  for (let attempt = 0; ; attempt += 1) {
    ownToken ??= await requestToken(ACCESS_TOKEN);
    const headers = { ...options.headers, Authorization: `Bearer ${ownToken}` };
    const response = await send(address, { ...options, headers });
    const isRefused = response.status === 401 || response.status === 203;
    if (!isRefused || attempt > 0) return response;
    ownToken = null;
  }
}

async function send(address, options) {
  try {
    return await fetch(address, options);
  } catch {
    throw new RestError(0, "The emulator does not answer.");
  }
}

function isJson(response) {
  return (response.headers.get("Content-Type") ?? "").startsWith("application/json");
}
