// Packs the extension: node scripts/package.mjs [--node-url https://node.example.com] [--publisher p] [--extension-id e]
// [--version x.y.z] [--output file.vsix]. Needs a build, and `npm ci --prefix packaging`.
import { execFileSync } from "node:child_process";
import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const extension = new URL("..", import.meta.url);
const repository = new URL("../..", import.meta.url);
const staging = new URL("dist/package/", extension);
const { values } = parseArgs({
  options: {
    "node-url": { type: "string" },
    publisher: { type: "string" },
    "extension-id": { type: "string" },
    version: { type: "string" },
    output: { type: "string" },
  },
});

const entries = JSON.parse(await readFile(new URL("entries.json", extension), "utf8"));
const nodeUrl = readNodeUrl(values["node-url"]);
await rm(staging, { recursive: true, force: true });
await mkdir(staging, { recursive: true });
await cp(new URL("static", repository), new URL("static", staging), { recursive: true });
await cp(new URL("vss-extension.json", repository), new URL("vss-extension.json", staging));
for (const { name, page } of entries) {
  await readFile(new URL(`static/assets/${name}.js`, staging)).catch(() => fail(`static/assets/${name}.js is missing. Run the build first.`));
  await nameNode(new URL(`static/${page}`, staging));
}
pack();

/** The pages call the node by this address. */
function readNodeUrl(text) {
  if (text === undefined) {
    console.warn("No --node-url: the packed pages will not find a node unless they are served by it (baseUri).");
    return "";
  }
  const url = new URL(text);
  if (url.protocol !== "https:") console.warn("Only the pages of a server without https may call a node without https.");
  return url.href;
}

async function nameNode(page) {
  const text = await readFile(page, "utf8");
  const mark = '<meta name="adnode-node" content="" />';
  if (!text.includes(mark)) fail(`${page.pathname} has no place for the node's address.`);
  await writeFile(page, text.replace(mark, `<meta name="adnode-node" content="${nodeUrl.replace(/"/g, "%22")}" />`));
}

function pack() {
  const manifest = { publisher: values.publisher, id: values["extension-id"], version: values.version };
  const overrides = Object.fromEntries(Object.entries(manifest).filter(([, value]) => value !== undefined));
  const tfx = fileURLToPath(new URL("packaging/node_modules/tfx-cli/_build/tfx-cli.js", extension));
  const output = values.output ?? fileURLToPath(new URL("dist/adnode.vsix", extension));
  const command = ["extension", "create", "--manifest-globs", "vss-extension.json", "--output-path", output, "--no-prompt", "--no-color"];
  if (Object.keys(overrides).length > 0) command.push("--override", JSON.stringify(overrides));
  execFileSync(process.execPath, [tfx, ...command], { cwd: fileURLToPath(staging), stdio: "inherit" });
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
