import { defineConfig } from "@playwright/test";

/*
 * Drives a real browser against a running Zonda; tests/system/test_browser.py starts one.
 *   ZONDA_URL               where it runs (default http://127.0.0.1:8000)
 *   ZONDA_CHROMIUM          the browser (default /usr/bin/chromium)
 *   ZONDA_RESTART_BACKEND   a command that kills the backend, which the supervisor then starts again; or
 *   ZONDA_BACKEND_PID_FILE  a file with the pid of the backend to kill. Without either the recovery test is skipped.
 */
export default defineConfig({
  testDir: "e2e",
  workers: 1,
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
