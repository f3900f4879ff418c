// Fails when the component library costs more than its budget, or what a browser loads before it shows the page: all that
// dist/index.html names and what a style sheet names in turn, as it is sent. GraphiQL is a page of its own, and charts are loaded when one is opened.
// What the library costs: a build of React with every part that src imports from it, less a build of React alone.
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "vite";

const LIBRARY_BUDGET = 60_000;
/** Promised are 250 kB. The rest is for a feature that is worth them: whoever needs it raises this, and knows. */
const FIRST_LOAD_BUDGET = 215_000;

const root = fileURLToPath(new URL("..", import.meta.url));
const sources = readdirSync(`${root}/src`, { recursive: true })
  .filter((path) => /\.tsx?$/.test(path) && !path.includes(".test."))
  .map((path) => readFileSync(`${root}/src/${path}`, "utf8"));
const parts = [
  ...new Set(
    sources
      .flatMap((text) => [...text.matchAll(/import \{ (\w+) \} from "(@base-ui\/react\/[\w-]+)"/g)])
      .map(([, name, path]) => `${name} ${path}`),
  ),
].map((each) => each.split(" "));

/** The parts of a compound component that are really used, or the component itself. */
function used(name) {
  const dotted = new RegExp(`<${name}(\\.\\w+)`, "g");
  const found = sources.flatMap((text) => [...text.matchAll(dotted)].map(([, part]) => name + part));
  return found.length > 0 ? [...new Set(found)] : [name];
}

const plain = await gzippedJavaScript(
  `import "react"; import { createRoot } from "react-dom/client"; globalThis.kept = [createRoot];`,
);
const withLibrary = await gzippedJavaScript(
  `import "react"; import { createRoot } from "react-dom/client";\n` +
    parts.map(([name, path]) => `import { ${name} } from "${path}";`).join("\n") +
    `\nglobalThis.kept = [createRoot, ${parts.flatMap(([name]) => used(name)).join(", ")}];`,
);
const dist = (file) => readFileSync(`${root}/dist/${file}`);
const namedIn = (file) => String(dist(file)).match(/assets\/[\w.-]+\.(?:js|css|svg|woff2?|ttf)\b/g) ?? [];
const html = "index.html";
const sheets = namedIn(html).filter((file) => file.endsWith(".css"));
const firstLoad = [...new Set([html, ...namedIn(html), ...sheets.flatMap(namedIn)])];

report(
  `Component library over plain React (${parts.map(([name]) => name).join(", ")})`,
  withLibrary - plain,
  LIBRARY_BUDGET,
);
report(
  `First load (${["js", "css", "html", "svg"].map((kind) => `${kind} ${(sent(kind) / 1000).toFixed(1)}`).join(", ")})`,
  sent(),
  FIRST_LOAD_BUDGET,
);

/** Gzipped where the build did so, for that is what the server sends; a build that did not weighs too much. */
function sent(kind = "") {
  return firstLoad
    .filter((file) => file.endsWith(kind))
    .map((file) => (existsSync(`${root}/dist/${file}.gz`) ? `${file}.gz` : file))
    .reduce((sum, file) => sum + dist(file).length, 0);
}

async function gzippedJavaScript(entry) {
  const { output } = await build({
    root,
    configFile: false,
    logLevel: "error",
    plugins: [
      {
        name: "entry",
        resolveId: (id) => (id === "entry" ? `${root}/entry.js` : null),
        load: (id) => (id.endsWith("/entry.js") ? entry : null),
      },
    ],
    build: { write: false, target: "es2022", rolldownOptions: { input: "entry", onwarn() {} } },
  });
  return output.reduce((sum, chunk) => sum + (chunk.type === "chunk" ? gzipSync(chunk.code).length : 0), 0);
}

function report(what, bytes, budget) {
  console.log(`${what}: ${(bytes / 1000).toFixed(1)} kB gzipped of ${budget / 1000} kB`);
  if (bytes > budget) process.exitCode = 1;
}
