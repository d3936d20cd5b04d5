import { describe, expect, it } from "vitest";

import { findApiUrl } from "../../src/common/api/node-address";
import { findUrlFlaw } from "../../src/common/destination-url";
import { findSettingsPage, safeLink } from "../../src/common/organization-url";
import { readWorkItemKey } from "../../src/common/work-item-key";

describe("a destination URL", () => {
  it.each(["https://node.example.com", "https://node.example.com:8443/adnode", " http://127.0.0.1:8080 ", "http://localhost:1"])(
    "%s is worth asking the node about",
    (url) => {
      expect(findUrlFlaw(url)).toBeNull();
    },
  );

  it.each([
    ["", /I don't have a URL/],
    ["node.example.com", /beginning with https/],
    ["http://node.example.com", /must begin with https/],
    ["ftp://node.example.com", /must begin with https/],
    ["https://ada:secret@node.example.com", /user name and the password/],
    ["https://node", /complete host name/],
    ["https://node.example .com", /no blanks/],
    ["https://", /no complete address/],
    ["https://dev.azure.com/fabrikam", /General Settings/],
    ["https://fabrikam.visualstudio.com", /General Settings/],
    ["adn1.abc.def", /Accept invitation/],
  ])("%j is named as wrong", (url, message) => {
    expect(findUrlFlaw(url)).toMatch(message);
  });
});

describe("the settings page of another organization", () => {
  const id = "idalko-tools.exalate.adnode";

  it.each([
    ["https://dev.azure.com/fabrikam", "https://dev.azure.com/fabrikam"],
    ["https://dev.azure.com/fabrikam/", "https://dev.azure.com/fabrikam"],
    ["https://dev.azure.com/fabrikam/_settings/users", "https://dev.azure.com/fabrikam"],
    ["https://tfs.contoso.example/tfs/DefaultCollection", "https://tfs.contoso.example/tfs/DefaultCollection"],
  ])("of %s is found", (url, base) => {
    expect(findSettingsPage(url, id, "connections/accept")).toBe(`${base}/_settings/${id}#connections/accept`);
  });

  it.each(["", "fabrikam", "https://dev.azure.com", "https://dev.azure.com/", "javascript:alert(1)"])(
    "can't be found for %j",
    (url) => {
      expect(findSettingsPage(url, id, "x")).toBeNull();
    },
  );
});

describe("a link that a partner sent", () => {
  it("is followed to web addresses only", () => {
    expect(safeLink("https://dev.azure.com/x")).toBe("https://dev.azure.com/x");
    expect(safeLink("javascript:alert(1)")).toBeNull();
    expect(safeLink(null)).toBeNull();
  });
});

describe("a work item key", () => {
  it.each([
    ["42", "42", "42"],
    [" #42 ", "42", "42"],
    ["https://dev.azure.com/f/Alpha/_workitems/edit/42/", "https://dev.azure.com/f/Alpha/_workitems/edit/42/", "42"],
    ["https://dev.azure.com/f/_boards?workitem=42&x=1", "https://dev.azure.com/f/_boards?workitem=42&x=1", "42"],
  ])("%j is read", (text, key, number) => {
    expect(readWorkItemKey(text)).toEqual({ kind: "key", key, number });
  });

  it.each(["", "0", "4.2", "forty-two", "https://dev.azure.com/f/_wiki/42"])("%j is none", (text) => {
    expect(readWorkItemKey(text).kind).toBe("flaw");
  });
});

describe("the address of the node", () => {
  const pageAt = (url: string, named = ""): Document => {
    const page = document.implementation.createHTMLDocument();
    page.head.innerHTML = `<base href="${url}"><meta name="adnode-node" content="${named}">`;
    return page;
  };

  it("is where the page came from when the node serves it", () => {
    expect(findApiUrl(pageAt("https://node.example.com/static/hub.html"))).toBe("https://node.example.com/api/v1");
    expect(findApiUrl(pageAt("https://host/adnode/static/hub.html"))).toBe("https://host/adnode/api/v1");
  });

  it("is the named one in a packed page", () => {
    const page = pageAt("https://cdn.example.com/extensions/static/hub.html", "https://node.example.com");
    expect(findApiUrl(page)).toBe("https://node.example.com/api/v1");
  });
});
