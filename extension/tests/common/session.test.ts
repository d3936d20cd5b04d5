import { describe, expect, it } from "vitest";

import { fetchFrom } from "../../dev/fake-node/fake-fetch";
import { FakeNode } from "../../dev/fake-node/fake-node";
import { Refusal } from "../../dev/fake-node/messages";
import { SessionKeeper } from "../../src/common/api/session";
import type { Host } from "../../src/common/host/host";
import { API_URL, fakeHost } from "../hub-page";

function makeKeeper(node: FakeNode, host: Host = fakeHost(node.fabrikam)): SessionKeeper {
  return new SessionKeeper(fetchFrom(node), API_URL, host, "hub");
}

const countSessions = (node: FakeNode): number => node.log.filter((line) => line === "POST /session").length;

describe("a session", () => {
  it("is opened once for requests that start together", async () => {
    const node = new FakeNode();
    const keeper = makeKeeper(node);
    await Promise.all([keeper.call("/connections"), keeper.call("/organization"), keeper.call("/getting-started")]);
    expect(countSessions(node)).toBe(1);
  });

  it("that has ended is renewed once, and every request that found it ended is asked again", async () => {
    const node = new FakeNode();
    node.latencyMilliseconds = 5;
    const keeper = makeKeeper(node);
    await keeper.open();
    node.expireSessions();
    const answers = await Promise.all([keeper.call("/connections"), keeper.call("/organization"), keeper.call("/projects")]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(countSessions(node)).toBe(2);
  });

  it("is not asked for again and again when the new one is refused as well", async () => {
    const node = new FakeNode();
    const keeper = makeKeeper(node);
    node.refuseNext(/GET \/organization/, new Refusal(401, "session_expired", ""));
    node.refuseNext(/GET \/organization/, new Refusal(401, "session_expired", ""));
    await expect(keeper.call("/organization")).rejects.toMatchObject({ code: "session_expired" });
    expect(countSessions(node)).toBe(2);
  });

  it("goes on as the same one when the node asks for fresh tokens", async () => {
    const node = new FakeNode();
    const keeper = makeKeeper(node);
    const { id } = await keeper.open();
    node.expireSessions();
    await keeper.call("/organization");
    const renewed = await keeper.open();
    expect(renewed.id).toBe(id);
    expect(countSessions(node)).toBe(2);
  });

  it("of a node of an earlier release begins anew, without a word that it does not know", async () => {
    const node = new FakeNode();
    const bodies: unknown[] = [];
    const inner = fetchFrom(node);
    const keeper = new SessionKeeper(
      async (url, init) => {
        if (!url.endsWith("/session")) return inner(url, init);
        bodies.push(init.body);
        const session = (await (await inner(url, init)).json()) as Record<string, unknown>;
        return Response.json({ ...session, id: undefined });
      },
      API_URL,
      fakeHost(node.fabrikam),
      "hub",
    );
    await keeper.open();
    node.expireSessions();
    await keeper.call("/organization");
    expect(bodies[1]).toBe(bodies[0]);
  });

  it("of the hub that somebody ended is not renewed, and the node is not asked again", async () => {
    const node = new FakeNode();
    const keeper = makeKeeper(node);
    const { id = "" } = await keeper.open();
    node.endSession(id);
    await expect(keeper.call("/organization")).rejects.toMatchObject({ code: "session_ended" });
    const asked = node.log.length;
    await expect(keeper.call("/organization")).rejects.toMatchObject({ code: "session_ended" });
    expect(node.log.length).toBe(asked);
  });

  it("of a panel that somebody ended is opened anew: it holds no right that the person has lost", async () => {
    const node = new FakeNode();
    const keeper = new SessionKeeper(fetchFrom(node), API_URL, fakeHost(node.fabrikam), "panel");
    const { id = "" } = await keeper.open();
    node.endSession(id);
    expect((await keeper.call("/organization")).status).toBe(200);
  });

  it("can be opened after a failure", async () => {
    const node = new FakeNode();
    const keeper = makeKeeper(node);
    node.isDown = true;
    await expect(keeper.open()).rejects.toMatchObject({ code: "network" });
    node.isDown = false;
    expect((await keeper.open()).is_administrator).toBe(true);
  });

  it("sends the access token to POST /session and nowhere else", async () => {
    const node = new FakeNode();
    const seen: [string, string | null][] = [];
    const inner = fetchFrom(node);
    const keeper = new SessionKeeper(
      (url, init) => {
        seen.push([new URL(url).pathname, new Headers(init.headers).get("X-AzureDevOps-AccessToken")]);
        return inner(url, init);
      },
      API_URL,
      fakeHost(node.fabrikam),
      "hub",
    );
    await keeper.call("/organization");
    expect(seen).toEqual([
      ["/api/v1/session", "access token"],
      ["/api/v1/organization", null],
    ]);
  });

  it("needs no app token on Server, where there may be none", async () => {
    const node = new FakeNode();
    const host = { ...fakeHost(node.contoso), getAppToken: () => Promise.reject(new Error("no token")) };
    // The fake node knows people by the app token only, so that it refuses shows that the request was sent without one.
    await expect(makeKeeper(node, host).open()).rejects.toMatchObject({ code: "session_refused" });
    expect(countSessions(node)).toBe(1);
  });

  it("says so when Azure DevOps gives no token on Services", async () => {
    const node = new FakeNode();
    const host = { ...fakeHost(node.fabrikam), getAppToken: () => Promise.reject(new Error("no token")) };
    await expect(makeKeeper(node, host).open()).rejects.toMatchObject({ code: "host_silent" });
    expect(countSessions(node)).toBe(0);
  });
});
