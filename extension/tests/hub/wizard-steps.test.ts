import { describe, expect, it } from "vitest";

import { FakeNode } from "../../dev/fake-node/fake-node";
import { makeConnection } from "../../dev/fake-node/fake-organization";
import * as acceptance from "../../src/hub/acceptance/acceptance";
import {
  beginInitiation,
  changeInitiation,
  findHandover,
  isComplete,
  isWorthAsking,
  requestOf,
  stepsOf,
  type Change,
  type Initiation,
} from "../../src/hub/initiation/initiation";

const CONTRIBUTION = "idalko-tools.exalate.adnode";
const check = { node_url: "https://node.example.com", organization_name: null, modes: ["basic"], is_reachable: true };

function after(...changes: Change[]): Initiation {
  let number = 0;
  const newKey = (): string => `key ${(number += 1)}`;
  return changes.reduce((state, change) => changeInitiation(state, change, newKey), beginInitiation(newKey));
}

const withoutUrl: Change[] = [
  { kind: "without-url", isWithout: true },
  { kind: "mode", mode: "basic" },
];
const withUrl: Change[] = [
  { kind: "url", url: "https://node.example.com/" },
  { kind: "mode", mode: "basic" },
  { kind: "checked", check },
  { kind: "project", project: "Alpha" },
  { kind: "next" },
];

describe("initiating without a URL", () => {
  it("goes from the mode over the project and a summary to the code", () => {
    expect(stepsOf(after(...withoutUrl))).toEqual(["destination", "project", "summary", "done"]);
  });

  it("needs the mode to be chosen", () => {
    expect(isComplete(after({ kind: "without-url", isWithout: true }), CONTRIBUTION)).toBe(false);
    expect(isComplete(after(...withoutUrl), CONTRIBUTION)).toBe(true);
  });

  it("needs a project", () => {
    const state = after(...withoutUrl, { kind: "next" });
    expect(state.step).toBe("project");
    expect(isComplete(state, CONTRIBUTION)).toBe(false);
  });

  it("makes a private connection to somebody unknown", () => {
    const state = after(...withoutUrl, { kind: "next" }, { kind: "project", project: "Alpha" });
    expect(requestOf(state)).toEqual({ project: "Alpha", mode: "basic", visibility: "private" });
  });

  it("keeps a URL that was typed before, for going back to it", () => {
    const state = after({ kind: "url", url: "https://a.example" }, ...withoutUrl, { kind: "without-url", isWithout: false });
    expect(state).toMatchObject({ hasUrl: true, url: "https://a.example" });
    expect(requestOf(after({ kind: "url", url: "https://a.example" }, ...withoutUrl))).not.toHaveProperty("destination_url");
  });
});

describe("initiating with a URL", () => {
  it("asks for admin access after the project", () => {
    expect(stepsOf(after())).toEqual(["destination", "project", "access", "summary", "done"]);
    expect(after(...withUrl).step).toBe("access");
  });

  it("does not go on with an address that can't be one", () => {
    expect(isComplete(after({ kind: "url", url: "nonsense" }, { kind: "mode", mode: "basic" }), CONTRIBUTION)).toBe(false);
  });

  it("makes a public connection to the node that answered", () => {
    expect(requestOf(after(...withUrl))).toMatchObject({ visibility: "public", destination_url: "https://node.example.com" });
  });

  it("forgets what answered when the address is changed", () => {
    expect(after(...withUrl, { kind: "url", url: "https://b.example" }).check).toBeNull();
  });

  it("without admin access needs no more", () => {
    const state = after(...withUrl, { kind: "access", hasAccess: false });
    expect(isComplete(state, CONTRIBUTION)).toBe(true);
    expect(findHandover(state, CONTRIBUTION)).toBeNull();
  });

  it("with admin access leads to the other organization's page, with no code in the address", () => {
    const state = after(...withUrl, { kind: "access", hasAccess: true });
    expect(isComplete(state, CONTRIBUTION)).toBe(false);
    const named = changeInitiation(state, { kind: "remote-organization", url: "https://dev.azure.com/contoso" }, () => "k");
    expect(isComplete(named, CONTRIBUTION)).toBe(true);
    expect(findHandover(named, CONTRIBUTION)).toBe(
      `https://dev.azure.com/contoso/_settings/${CONTRIBUTION}#connections/accept`,
    );
  });
});

describe("the key that makes initiating happen once", () => {
  it("stays while a person only goes back and forth", () => {
    const state = after(...withUrl);
    const moved = [{ kind: "back" }, { kind: "next" }] as const;
    expect(moved.reduce((now, change) => changeInitiation(now, change, () => "new"), state).key).toBe(state.key);
  });

  it("is another one when something else is asked for", () => {
    const state = after(...withUrl);
    expect(changeInitiation(state, { kind: "project", project: "Beta" }, () => "new").key).toBe("new");
  });
});

describe("closing the wizard", () => {
  it("asks as soon as something was entered, and no more once there is a code", () => {
    const node = new FakeNode();
    const result = { connection: makeConnection(node.fabrikam), code: "adn1", expires_at: "" };
    expect(isWorthAsking(after())).toBe(false);
    expect(isWorthAsking(after({ kind: "url", url: "h" }))).toBe(true);
    expect(isWorthAsking(after(...withoutUrl, { kind: "initiated", result }))).toBe(false);
  });
});

describe("accepting", () => {
  const offer = {
    node_host: "n",
    node_url: "https://n",
    organization_name: "fabrikam",
    organization_url: null,
    mode: "basic",
    visibility: "private" as const,
    expires_at: "",
    fingerprint: "",
    connection_id: "1",
  };
  const { changeAcceptance, BEGIN } = acceptance;

  it("keeps the project when a person goes back, and forgets who invited when the code is changed", () => {
    const chosen = [
      { kind: "text", text: "adn1" },
      { kind: "inspected", offer },
      { kind: "project", project: "Beta" },
      { kind: "back" },
    ] as const;
    const state = chosen.reduce<acceptance.Acceptance>(changeAcceptance, BEGIN);
    expect(state).toMatchObject({ step: "code", project: "Beta", offer });
    expect(changeAcceptance(state, { kind: "text", text: "other" })).toMatchObject({ project: "Beta", offer: null });
  });

  it("does not go on without knowing who invites", () => {
    expect(changeAcceptance(BEGIN, { kind: "next" }).step).toBe("code");
  });

  it("is worth a question only while something would be lost", () => {
    expect(acceptance.isWorthAsking(BEGIN)).toBe(false);
    expect(acceptance.isWorthAsking({ ...BEGIN, text: "adn1" })).toBe(true);
    expect(acceptance.isWorthAsking({ ...BEGIN, text: "adn1", step: "done" })).toBe(false);
  });
});
