import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

import entries from "./entries.json" with { type: "json" };

/**
 * One classic script per contribution: on Server the page runs in a sandboxed frame whose origin is "null", where module
 * scripts, lazy chunks and fonts from files are refused. `scripts/build.mjs` builds each entry by its name as the mode.
 */
export default defineConfig(({ mode }) => {
  const entry = entries.find((candidate) => candidate.name === mode) ?? entries[0];
  if (entry === undefined) throw new Error("entries.json names no entry");
  return {
    plugins: [react()],
    define: mode === "test" ? {} : { "process.env.NODE_ENV": JSON.stringify("production") },
    publicDir: false,
    build: {
      outDir: "../static/assets",
      emptyOutDir: false,
      sourcemap: false,
      modulePreload: false,
      target: "es2020",
      lib: {
        entry: entry.module,
        formats: ["iife"],
        name: "adnodePage",
        fileName: () => `${entry.name}.js`,
        cssFileName: entry.name,
      },
    },
    test: {
      environment: "jsdom",
      include: ["tests/**/*.test.{ts,tsx}"],
      setupFiles: ["tests/setup.ts"],
      restoreMocks: true,
      unstubGlobals: true,
      testTimeout: 90_000,
      maxWorkers: 2,
    },
  };
});
