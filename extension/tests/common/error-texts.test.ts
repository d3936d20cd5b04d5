import { readdirSync, readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { ERROR_TEXTS, errorText } from "../../src/common/api/error-texts";

const NODE = "../backend/adnode";
const sources = ["domain", "web"].flatMap((folder) =>
  readdirSync(`${NODE}/${folder}`, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".py"))
    .map((name) => readFileSync(`${NODE}/${folder}/${name}`, "utf8")),
);
const codes = sources.flatMap((source) =>
  [...source.matchAll(/^ {4}code(?:: ClassVar\[str\])? = "([a-z_]+)"/gm)].map(([, code]) => code ?? ""),
);

describe("the texts of errors", () => {
  it.each(codes)("have words for %s, a code of the node", (code) => {
    expect(ERROR_TEXTS).toHaveProperty(code);
  });

  it("find the codes of the node", () => {
    expect(codes.length).toBeGreaterThan(30);
  });

  it("say something for a code that a newer node may send", () => {
    expect(errorText("from_the_future").title).not.toBe("");
  });
});
