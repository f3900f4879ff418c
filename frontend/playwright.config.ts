import { defineConfig } from "@playwright/test";

/*
 * Drives a real browser, in four projects: e2e against a running Zonda, which tests/browser/test_page.py starts; states
 * against the fake server, which needs the built page alone; pictures, which makes those of the README with it; and measures, which
 * asks a running Zonda how fast it is, as bench/page.py does.
 *   ZONDA_URL               where it runs (default http://127.0.0.1:8000)
 *   ZONDA_CHROMIUM          the browser (default /usr/bin/chromium)
 *   ZONDA_PHOTOGRAPHS       a folder for a picture of every state
 *   ZONDA_RESTART_BACKEND   a command that kills the backend, which the supervisor then starts again; or
 *   ZONDA_BACKEND_PID_FILE  a file with the pid of the backend to kill. Without either the recovery test is skipped.
 */
export default defineConfig({
  projects: [
    // One Zonda, and the specification of the recovery kills its backend: one after the other.
    { name: "e2e", testDir: "e2e", workers: 1 },
    {
      name: "states",
      testDir: "states",
      fullyParallel: true,
      use: { actionTimeout: 30_000 },
      expect: { timeout: 30_000 },
    },
    { name: "measures", testDir: "measures", workers: 1 },
    { name: "pictures", testDir: "pictures", workers: 1, use: { locale: "en-GB", timezoneId: "UTC" } },
  ],
  workers: 2,
  timeout: 120_000,
  expect: { timeout: 10_000 },
  reporter: "list",
  forbidOnly: true,
  use: {
    baseURL: process.env.ZONDA_URL ?? "http://127.0.0.1:8000",
    viewport: { width: 1280, height: 800 },
    screenshot: "only-on-failure",
    launchOptions: {
      executablePath: process.env.ZONDA_CHROMIUM ?? "/usr/bin/chromium",
      args: [
        "--no-sandbox",
        "--disable-dev-shm-usage",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
      ],
    },
  },
});
