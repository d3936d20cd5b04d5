// Fails when a page's first load is over its budget, or when a file that is shipped says where it was built.
import { readdir, readFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";

const BUDGETS = { ".js": 150_000, ".css": 35_000 };
const assets = new URL("../../static/assets/", import.meta.url);
const entries = JSON.parse(await readFile(new URL("../entries.json", import.meta.url), "utf8"));
const failures = [];

for (const { name } of entries) {
  for (const [ending, budget] of Object.entries(BUDGETS)) {
    const size = gzipSync(await readFile(new URL(name + ending, assets)), { level: 9 }).length;
    console.log(`${name}${ending}: ${size} of ${budget} bytes, gzipped`);
    if (size > budget) failures.push(`${name}${ending} is ${size - budget} bytes over its budget`);
  }
}
const expected = new Set(entries.flatMap(({ name }) => Object.keys(BUDGETS).map((ending) => name + ending)));
const buildFolder = new URL("../..", import.meta.url).pathname;
for (const file of await readdir(assets)) {
  if (!expected.has(file)) failures.push(`${file} is loaded later or not at all; a page is one script and one style sheet`);
  const text = await readFile(new URL(file, assets), "utf8");
  if (text.includes(buildFolder) || /sourceMappingURL/.test(text)) failures.push(`${file} tells where it was built`);
  for (const [address] of text.matchAll(/(?:@import|url\()\s*["']?https?:[^"')\s]+/g)) failures.push(`${file} loads ${address}`);
}
for (const failure of failures) console.error(failure);
process.exitCode = failures.length === 0 ? 0 : 1;
