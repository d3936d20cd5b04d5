// Takes a picture of every scene and lets axe look at it: node dev/look.mjs [folder] [names...]; THEMES=light,dark,contrast,
// WIDTH=1280, SANDBOX=1. Ends with 1 when axe finds something, or when the page asks another host for something.
import { mkdir, readFile } from "node:fs/promises";
/* global document, fetch, window */
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

import { chromium } from "playwright-core";
import { runnerImport } from "vite";

import { SCENES } from "./scenes.mjs";

const [folder = "/tmp/adnode-scenes", ...wanted] = process.argv.slice(2);
const themes = (process.env.THEMES ?? "light,dark").split(",");
const width = Number(process.env.WIDTH ?? 1280);
const sandbox = process.env.SANDBOX === "1" ? "&sandbox" : "";
const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const { module } = await runnerImport(fileURLToPath(new URL("server.ts", import.meta.url)));
const server = await module.startServer(fileURLToPath(new URL("../..", import.meta.url)), 0);
const origin = `http://127.0.0.1:${server.port}`;
await mkdir(folder, { recursive: true });

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
let failures = 0;

function complain(text) {
  failures += 1;
  console.log(`  ${text}`);
}

async function visit(scene, theme) {
  const context = await browser.newContext({ viewport: { width, height: 900 } });
  const host = await context.newPage();
  host.on("request", (request) => request.url().startsWith(origin) || complain(`asks another host: ${request.url()}`));
  host.on("pageerror", (error) => complain(`error in the page: ${error.message}`));
  host.origin = origin;
  host.query = `theme=${theme}${sandbox}`;
  host.state = (change) => fetch(`${origin}/dev/state?${change}`);
  host.open = async (hash) => {
    await host.evaluate((text) => (window.location.hash = text), hash);
  };
  await host.state(scene.state);
  await host.goto(`${origin}/host?${host.query}&${scene.query}`);
  const page = host.frameLocator("iframe");
  await page.locator("#root > *").first().waitFor();
  try {
    await scene.steps(pageOf(page, host), host);
    await host.waitForTimeout(350);
  } catch (error) {
    complain(`${scene.name} ${theme}: ${error.message.split("\n").slice(0, 4).join(" | ")}`);
  }
  await host.screenshot({ path: `${folder}/${scene.name}-${theme}.png` });
  await examine(host, scene, theme);
  await context.close();
}

/** The frame, with the keyboard and the clock of the page that it is in. */
function pageOf(frame, host) {
  return new Proxy(frame, {
    get: (target, name) => {
      if (name === "keyboard" || name === "waitForTimeout") {
        return typeof host[name] === "function" ? host[name].bind(host) : host[name];
      }
      return typeof target[name] === "function" ? target[name].bind(target) : target[name];
    },
  });
}

async function examine(host, scene, theme) {
  const frame = host.frames()[1];
  await frame.evaluate(axe);
  const found = await frame.evaluate(() => window.axe.run(document));
  for (const { id, nodes } of found.violations) {
    complain(`${scene.name} ${theme}: ${id}: ${nodes.map((node) => `${node.html.slice(0, 120)} ${node.any.map((check) => check.message).join(" ").slice(0, 160)}`).join("\n      ")}`);
  }
  const overflow = await frame.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  if (overflow > 0) complain(`${scene.name} ${theme}: ${overflow} pixels too wide`);
}

for (const scene of SCENES.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
  for (const theme of themes) await visit(scene, theme);
}
await browser.close();
await server.stop();
console.log(failures === 0 ? "nothing found" : `${failures} found`);
process.exit(failures === 0 ? 0 : 1);
