import { defineConfig, mergeConfig } from "vitest/config";
import site from "./vite.config.ts";

// Apart from Vite's own settings: whoever only builds the page has no Vitest.
export default mergeConfig(
  site,
  defineConfig({
    test: {
      environment: "jsdom",
      include: ["src/**/*.test.{ts,tsx}"],
      setupFiles: ["src/testing/setup.ts"],
      restoreMocks: true,
      unstubGlobals: true,
    },
  }),
);
