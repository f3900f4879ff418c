import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { test as base, expect } from "@playwright/test";

const SERVE = fileURLToPath(new URL("../scripts/serve-fake.mjs", import.meta.url));

/** The built page with a fake server behind it, whose scenes (src/testing/scenes.ts) a test changes. */
export interface Fake {
  address: string;
  setScene: (scene: string) => Promise<void>;
}

/** Each worker process of Playwright's has a fake server of its own, for its scene is that of all who look at it. */
export const test = base.extend<object, { fake: Fake }>({
  fake: [
    // Playwright reads from the braces what a fixture needs: nothing.
    // eslint-disable-next-line no-empty-pattern
    async ({}, run) => {
      const server = spawn(process.execPath, [SERVE, "0"], { stdio: ["ignore", "pipe", "inherit"] });
      try {
        const [said] = (await once(server.stdout, "data")) as [Buffer];
        const address = said.toString().trim();
        await run({
          address,
          async setScene(scene) {
            await fetch(`${address}/scene/${scene}`, { method: "POST" });
          },
        });
      } finally {
        server.kill();
      }
    },
    { scope: "worker" },
  ],
});

export { expect };
