import { describe, expect, it } from "vitest";

import { FakeNode } from "../../dev/fake-node/fake-node";
import { makeConnection } from "../../dev/fake-node/fake-organization";
import { recognizeCode } from "../../src/common/invitation-code";

const node = new FakeNode();
const pending = makeConnection(node.fabrikam);
node.fabrikam.connections.push(pending);
const { code } = node.invitations.issue(node.fabrikam, pending);
const now = Date.now();
const recognize = (text: string) => recognizeCode(text, node.contoso.id, now);

describe("a pasted invitation code", () => {
  it("is taken as it is", () => {
    expect(recognize(code)).toEqual({ kind: "plausible", code });
  });

  it("may have been broken into lines by a mail program", () => {
    expect(recognize(`  ${code.replace(/(.{60})/g, "$1\r\n")}\n`)).toEqual({ kind: "plausible", code });
  });

  it("is nothing as long as nothing is there", () => {
    expect(recognize(" \n")).toEqual({ kind: "empty" });
  });

  it.each([
    ["a web address", "https://dev.azure.com/fabrikam", /web address/],
    ["something else", "hello", /no invitation code/],
    ["other words before it", `The code: ${code}`, /other text before the code/],
    ["its end missing", code.slice(0, -3), /end of the code is missing/],
    ["a part missing", code.split(".").slice(0, 2).join("."), /part of the code is missing/],
    ["a character lost", code.replace("adn1.eyJ", "adn1.eyK"), /lost or changed/],
    ["a foreign character", code.replace("adn1.e", "adn1.é"), /no code has/],
    ["another version", code.replace("adn1", "adn2"), /newer version/],
    ["far too much text", `adn1.${"a".repeat(5_000)}.0123abcd`, /far too long/],
  ])("that is or has %s is named at once", (_what, text, message) => {
    const found = recognize(text);
    expect(found.kind).toBe("refused");
    expect(found).toHaveProperty("message", expect.stringMatching(message));
  });

  it("of one's own organization is recognized", () => {
    expect(recognizeCode(code, node.fabrikam.id.toUpperCase(), now)).toMatchObject({
      kind: "refused",
      message: expect.stringContaining("your own organization") as string,
    });
  });

  it("that has expired says whom to ask", () => {
    expect(recognizeCode(code, node.contoso.id, now + 73 * 3_600_000)).toMatchObject({
      kind: "refused",
      message: expect.stringContaining("fabrikam has expired") as string,
    });
  });
});
