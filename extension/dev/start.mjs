// The page inside a host page on http://127.0.0.1:4173/host, on a node in memory; builds anew when a source changes.
import { watch } from "node:fs";
import { fileURLToPath } from "node:url";

import { build, runnerImport } from "vite";

const extension = fileURLToPath(new URL("..", import.meta.url));
const { module } = await runnerImport(fileURLToPath(new URL("server.ts", import.meta.url)));
const { port } = await module.startServer(fileURLToPath(new URL("../..", import.meta.url)), Number(process.env.PORT ?? 4173));

let pending;
async function buildAll() {
  for (const mode of ["hub", "work-item-panel"]) {
    await build({ root: extension, configFile: `${extension}vite.config.ts`, mode, logLevel: "warn" });
  }
  console.log(`built; open http://127.0.0.1:${port}/host?theme=dark and http://127.0.0.1:${port}/dev/state?reset&samples`);
}
await buildAll();
watch(`${extension}src`, { recursive: true }, () => {
  clearTimeout(pending);
  pending = setTimeout(() => void buildAll(), 200);
});
