import { existsSync, readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import entries from "../entries.json" with { type: "json" };

interface Manifest {
  readonly publisher: string;
  readonly id: string;
  readonly version: string;
  readonly scopes: readonly string[];
  readonly targets: readonly { readonly id: string }[];
  readonly icons: { readonly default: string };
  readonly content: { readonly details: { readonly path: string } };
  readonly files: readonly { readonly path: string }[];
  readonly contributions: readonly {
    readonly id: string;
    readonly type: string;
    readonly targets: readonly string[];
    readonly properties: { readonly uri: string; readonly icon?: string };
  }[];
}

const ROOT = "..";
const manifest = JSON.parse(readFileSync(`${ROOT}/vss-extension.json`, "utf8")) as Manifest;
const find = (id: string) => manifest.contributions.find((contribution) => contribution.id === id);

describe("the manifest", () => {
  it("puts the page where the documentation says it is", () => {
    expect(`${manifest.publisher}.${manifest.id}.${find("adnode")?.id ?? ""}`).toBe("idalko-tools.exalate.adnode");
    expect(find("adnode")?.targets).toEqual(["ms.vss-web.collection-admin-hub-group"]);
  });

  it("puts the panel on every work item form", () => {
    expect(find("work-item-panel")).toMatchObject({
      type: "ms.vss-work-web.work-item-form-group",
      targets: ["ms.vss-work-web.work-item-form"],
    });
  });

  it("is for Services and Server", () => {
    expect(manifest.targets.map(({ id }) => id)).toEqual([
      "Microsoft.VisualStudio.Services.Cloud",
      "Microsoft.TeamFoundation.Server",
    ]);
  });

  it("asks for no more than reading work items, by which the node learns what a person may do", () => {
    expect(manifest.scopes).toEqual(["vso.work"]);
  });

  it("names only files that are packed", () => {
    const named = [
      manifest.icons.default,
      manifest.content.details.path,
      ...manifest.contributions.flatMap(({ properties }) => [properties.uri, properties.icon ?? manifest.icons.default]),
    ];
    expect(manifest.files.map(({ path }) => path)).toEqual(["static"]);
    for (const path of named) {
      expect(path.startsWith("static/")).toBe(true);
      expect(existsSync(`${ROOT}/${path}`)).toBe(true);
    }
  });

  it("has a page, a script and a style sheet for every entry", () => {
    expect(entries.map(({ contribution }) => contribution)).toEqual(manifest.contributions.map(({ id }) => id));
    for (const { name, page } of entries) {
      const shell = readFileSync(`${ROOT}/static/${page}`, "utf8");
      expect(shell).toContain(`<script defer src="assets/${name}.js"></script>`);
      expect(shell).toContain(`href="assets/${name}.css"`);
      expect(shell).not.toMatch(/type="module"|crossorigin|https?:\/\//);
    }
  });
});
