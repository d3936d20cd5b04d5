import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { extname, join, normalize } from "node:path";

import { FakeNode } from "./fake-node/fake-node";
import { finishSync } from "./fake-node/fake-work-items";
import type { FakeAnswer } from "./fake-node/messages";
import { addMany, addSamples } from "./fake-node/samples";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json",
  ".png": "image/png",
};

/** What the page may send and read from another origin; a sandboxed frame's is "null". */
const CORS = {
  "Access-Control-Allow-Origin": "*",
  "Access-Control-Allow-Methods": "GET, POST, PUT, PATCH, DELETE",
  "Access-Control-Allow-Headers":
    "Authorization, Content-Type, X-AzureDevOps-AccessToken, If-Match, If-None-Match, Idempotency-Key",
  "Access-Control-Expose-Headers": "ETag, Retry-After, X-Correlation-Id",
  "Access-Control-Max-Age": "600",
};

/** As strict as the node's own: nothing of another host, no inline script. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; " +
  "connect-src 'self'; base-uri 'none'; form-action 'none'";

/** The page inside a host page, on a node in memory; `root` is the repository. Returns the port and how to stop. */
export function startServer(root: string, port: number): Promise<{ port: number; stop: () => Promise<void> }> {
  let node = new FakeNode();
  const worker = setInterval(() => [node.fabrikam, node.contoso].forEach(finishSync), 1_500);
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://host");
    if (pathname === "/dev/state") {
      node = disturb(node, searchParams);
      send(response, 200, "{}", ".json");
      return;
    }
    if (pathname.startsWith("/api/v1/")) return void answerApi(node, request, response);
    return void sendFile(root, pathname, response);
  });
  return new Promise((resolve) => {
    server.listen(port, "127.0.0.1", () => {
      const address = server.address();
      resolve({
        port: typeof address === "object" && address !== null ? address.port : port,
        stop: () => {
          clearInterval(worker);
          server.closeAllConnections();
          return new Promise((stopped) => server.close(() => stopped()));
        },
      });
    });
  });
}

/** ?reset, ?samples, ?rows=500, ?down=1, ?latency=800, ?expire, ?credential=none, ?usage=1000, ?queue, ?triggers, ?proposals, ?jobs, ?projects=300, ?rename=a&to=b */
function disturb(node: FakeNode, wanted: URLSearchParams): FakeNode {
  const target = wanted.has("reset") ? new FakeNode() : node;
  if (wanted.has("samples")) addSamples(target);
  if (wanted.has("rows")) addMany(target, Number(wanted.get("rows")));
  if (wanted.has("down")) target.isDown = wanted.get("down") === "1";
  if (wanted.has("latency")) target.latencyMilliseconds = Number(wanted.get("latency"));
  if (wanted.has("expire")) target.expireSessions();
  if (wanted.has("twins")) target.twins.addSamples(target.fabrikam);
  if (wanted.has("queue")) target.queue.addSamples(target.fabrikam);
  if (wanted.has("notifications")) target.notifications.addSamples();
  if (wanted.has("usage")) target.usage.addSamples(target.fabrikam, Number(wanted.get("usage")) || null);
  const [first] = target.fabrikam.connections;
  if (wanted.has("proposals") && first !== undefined) target.proposals.addSamples(target.fabrikam, first);
  if (wanted.has("errors")) target.errors.addSamples(target.fabrikam);
  if (wanted.has("wrong")) target.bulkConnect.addProblems("malformed", "not_found", "already_synced", "out_of_scope", "duplicate");
  if (wanted.has("orphans")) target.bulkConnect.orphaning = "it was stopped and waits for a decision";
  if (wanted.has("heal")) target.errors.heal();
  if (wanted.has("triggers")) target.triggers.addSamples(target.fabrikam);
  if (wanted.has("jobs")) target.jobs.addSamples();
  if (wanted.has("rename")) rename(target, wanted.get("rename") ?? "", wanted.get("to") ?? "");
  if (wanted.has("credential")) target.fabrikam.information = { ...target.fabrikam.information, credential: null };
  if (wanted.has("projects")) {
    target.fabrikam.projects = Array.from({ length: Number(wanted.get("projects")) }, (_, index) => `Project ${index + 1}`);
  }
  return target;
}

/** What another administrator does meanwhile. */
function rename({ fabrikam }: FakeNode, from: string, to: string): void {
  const found = fabrikam.connections.find((connection) => connection.name === from);
  if (found !== undefined) fabrikam.update(found.id, { name: to });
}

async function answerApi(node: FakeNode, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method === "OPTIONS") {
    response.writeHead(204, CORS).end();
    return;
  }
  if (node.isDown) {
    request.socket.destroy();
    return;
  }
  const body = await readBody(request);
  const url = new URL(request.url ?? "/", "http://host");
  await new Promise((resolve) => setTimeout(resolve, node.latencyMilliseconds));
  const answer: FakeAnswer = node.answer({
    method: request.method ?? "GET",
    path: url.pathname.replace(/^\/api\/v1/, ""),
    query: url.searchParams,
    headers: headersOf(request),
    body: body === "" || request.headers["content-type"] === "text/csv" ? {} : (JSON.parse(body) as Record<string, unknown>),
  });
  response.writeHead(answer.status, { "Content-Type": "application/json", ...CORS, ...answer.headers });
  response.end(typeof answer.body === "string" ? answer.body : JSON.stringify(answer.body));
}

function headersOf(request: IncomingMessage): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) headers.set(name, String(value));
  return headers;
}

async function sendFile(root: string, pathname: string, response: ServerResponse): Promise<void> {
  const path = pathname === "/" || pathname === "/host" ? "/dev/host.html" : normalize(pathname);
  const folder = path.startsWith("/static/") ? root : join(root, "extension");
  try {
    if (path.startsWith("/static/")) response.setHeader("Content-Security-Policy", POLICY);
    send(response, 200, await readFile(join(folder, path)), extname(path));
  } catch {
    send(response, 404, "There is no such file.", ".html");
  }
}

function send(response: ServerResponse, status: number, content: string | Buffer, ending: string): void {
  response.writeHead(status, { "Content-Type": TYPES[ending] ?? "text/plain", "Cache-Control": "no-cache" }).end(content);
}

async function readBody(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString("utf8");
}
