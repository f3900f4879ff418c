import { defineConfig, mergeConfig } from "vitest/config";
import site from "./vite.config.ts";

// Apart from Vite's own settings: whoever only builds the page has no Vitest.
export default mergeConfig(
  site,
  defineConfig({
    test: {
      // Whole screens on a busy machine; a test that waits for nothing ends at once all the same.
      testTimeout: 60_000,
      restoreMocks: true,
      unstubGlobals: true,
      projects: [
        {
          extends: true,
          test: {
            name: "logic",
            // Those that need a window say so at their top.
            environment: "node",
            include: ["src/**/*.test.ts"],
            isolate: false,
          },
        },
        {
          extends: true,
          test: {
            name: "screens",
            environment: "jsdom",
            include: ["src/**/*.test.tsx"],
            setupFiles: ["src/testing/setup.ts"],
            // Each file in a window of its own spent half its time on the making of it; setup.ts leaves it as it was.
            isolate: false,
          },
        },
      ],
    },
  }),
);
