// Test equipment, not shipped: the built page with the fake server behind it, under the security policy of the real one.
// node scripts/serve-fake.mjs [PORT] [SCENE]; scenes: those of src/testing/scenes.ts. POST /scene/NAME changes it. Port 0 is any;
// the first line that is printed says where.
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { createServer as createVite } from "vite";

const root = fileURLToPath(new URL("..", import.meta.url));
const [port = "8201", first = "full"] = process.argv.slice(2);
const vite = await createVite({
  root,
  server: { middlewareMode: true, hmr: false, ws: false, watch: null },
  optimizeDeps: { noDiscovery: true, include: [] },
  appType: "custom",
  logLevel: "error",
});
const { FakeServer } = await vite.ssrLoadModule("/src/testing/fake-server.ts");
const { scenes } = await vite.ssrLoadModule("/src/testing/scenes.ts");

const POLICY = {
  "/graphiql":
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self' data:; img-src 'self' data:; worker-src 'self' blob:",
  page: "default-src 'self'; script-src 'self'; style-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
};
const TYPES = { ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".ttf": "font/ttf" };

const fake = new FakeServer();
scenes[first](fake);

const server = createServer((request, response) => {
  answer(request, response).catch((error) => {
    // Away: the connection breaks, as it does when nobody listens.
    if (fake.mood !== "away" && error.name !== "AbortError") console.error(error);
    request.socket.destroy();
  });
});
server.listen(Number(port), "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));

async function answer(request, response) {
  const { pathname } = new URL(request.url, "http://fake");
  if (pathname.startsWith("/scene/")) {
    fake.change(() => scenes[pathname.slice("/scene/".length)](fake));
    response.writeHead(204).end();
  } else if (pathname === "/graphql") {
    const chunks = await request.toArray();
    const leaving = new AbortController();
    response.on("close", () => leaving.abort());
    const headers = Object.entries(request.headers).filter(([, value]) => typeof value === "string");
    const body = chunks.length > 0 ? Buffer.concat(chunks) : undefined;
    const made = await fake.handle(`http://fake${request.url}`, {
      method: request.method,
      headers,
      body,
      signal: leaving.signal,
    });
    response.writeHead(made.status, Object.fromEntries(made.headers));
    response.end(Buffer.from(await made.arrayBuffer()));
  } else if (pathname.startsWith("/assets/")) {
    response.writeHead(200, { "Content-Type": TYPES[extname(pathname)] ?? "application/octet-stream" });
    response.end(await readFile(`${root}/dist${pathname}`));
  } else {
    const html = pathname === "/graphiql" ? "graphiql.html" : "index.html";
    const policy = POLICY[pathname] ?? POLICY.page;
    response.writeHead(200, { "Content-Type": "text/html", "Content-Security-Policy": policy });
    response.end(await readFile(`${root}/dist/${html}`));
  }
}
