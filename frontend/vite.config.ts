import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { gzipped } from "./scripts/gzip-plugin.ts";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  plugins: [react({ jsxImportSource: "@/lib/shown" }), gzipped()],
  resolve: { alias: { "@": here("./src") } },
  build: {
    target: "es2022",
    // The page's security policy allows files of our own only: nothing may be inlined as a data: address.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 5000,
    rolldownOptions: {
      input: [here("./index.html"), here("./graphiql.html")],
      onLog(level, log, handle) {
        // Directives for the React compiler in GraphiQL: nothing is compiled here.
        if (log.code !== "MODULE_LEVEL_DIRECTIVE") handle(level, log);
      },
    },
  },
  // Its workers are imported as `?worker`, which only Vite itself understands.
  optimizeDeps: { exclude: ["graphiql/setup-workers/vite", "@graphiql/react/setup-workers/vite"] },
  server: {
    proxy: { "/graphql": process.env.ZONDA_URL ?? "http://127.0.0.1:8000" },
    fs: { allow: [here("."), here("../backend/api"), here("../tests/support/forms")] },
  },
});
