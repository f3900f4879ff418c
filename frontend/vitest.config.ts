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
      // Whole screens on a busy machine; a test that waits for nothing ends at once all the same.
      testTimeout: 20_000,
      restoreMocks: true,
      unstubGlobals: true,
    },
  }),
);
