// Fails when the component library costs more than its budget, or the page as a whole has grown out of hand.
// What the library costs: a build of React with every part that src imports from it, less a build of React alone.
import { readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "vite";

const LIBRARY_BUDGET = 60_000;
const PAGE_BUDGET = 190_000;

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
const page = ["index.html"].flatMap((html) =>
  [...readFileSync(`${root}/dist/${html}`, "utf8").matchAll(/assets\/[\w.-]+\.js/g)].map(([file]) => file),
);
const pageSize = page.reduce((sum, file) => sum + gzipSync(readFileSync(`${root}/dist/${file}`)).length, 0);

report(
  `Component library over plain React (${parts.map(([name]) => name).join(", ")})`,
  withLibrary - plain,
  LIBRARY_BUDGET,
);
report("JavaScript of the page", pageSize, PAGE_BUDGET);

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
