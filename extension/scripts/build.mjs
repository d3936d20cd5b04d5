// Builds every contribution's page: static/assets/<entry>.js and <entry>.css.
import { readFile, rm } from "node:fs/promises";

import { build } from "vite";

const root = new URL("..", import.meta.url);
const entries = JSON.parse(await readFile(new URL("entries.json", root), "utf8"));

await rm(new URL("../static/assets", root), { recursive: true, force: true });
for (const { name } of entries) {
  await build({ root: root.pathname, configFile: new URL("vite.config.ts", root).pathname, mode: name, logLevel: "warn" });
  console.log(`built ${name}`);
}
