// Writes src/gql/operations.ts: the types of every operation the page sends, from the API's own schema.
// With --check it writes nothing and fails when the file is not what it would write.
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { codegen } from "@graphql-codegen/core";
import * as operationTypes from "@graphql-codegen/typescript-operations";
import { buildSchema, parse, print, stripIgnoredCharacters, visit } from "graphql";

const root = fileURLToPath(new URL("..", import.meta.url));
const target = `${root}/src/gql/operations.ts`;

const schemaText = readFileSync(`${root}/../backend/api/schema.graphql`, "utf8");
const documents = readdirSync(`${root}/src`, { recursive: true })
  .filter((path) => path.endsWith(".graphql"))
  .sort()
  .map((path) => ({ location: path, document: parse(readFileSync(`${root}/src/${path}`, "utf8")) }));

const common = {
  scalars: { JSON: "Json", DateTime: "string", ID: "string" },
  enumsAsTypes: true,
  skipTypename: true,
  useTypeImports: true,
  strictScalars: true,
};
const types = await codegen({
  schema: parse(schemaText),
  schemaAst: buildSchema(schemaText),
  documents,
  filename: target,
  config: common,
  plugins: [{ operations: {} }],
  pluginMap: { operations: operationTypes },
});

const definitions = documents.flatMap(({ document }) => document.definitions);
const fragments = new Map(
  definitions.filter((each) => each.kind === "FragmentDefinition").map((each) => [each.name.value, each]),
);

function withFragments(operation) {
  const used = new Set();
  const collect = (node) =>
    visit(node, {
      FragmentSpread({ name }) {
        if (used.has(name.value)) return;
        used.add(name.value);
        collect(fragments.get(name.value));
      },
    });
  collect(operation);
  const parts = [operation, ...[...used].map((name) => fragments.get(name))];
  const text = parts.map(print).join("\n\n");
  // A query goes in the address of a request; a mutation is also shown to be copied.
  return operation.operation === "mutation" ? text : stripIgnoredCharacters(text);
}

const constants = definitions
  .filter((each) => each.kind === "OperationDefinition")
  .map((operation) => {
    const name = operation.name.value;
    const suffix = operation.operation === "query" ? "Query" : "Mutation";
    const text = JSON.stringify(withFragments(operation));
    return `export const ${name} = new Operation<${name}${suffix}, ${name}${suffix}Variables>(\n  ${text},\n);`;
  });

const content = [
  "// Made by `npm run gql` from backend/api/schema.graphql and the .graphql files of the features. Not edited by hand.",
  'import { Operation } from "@/lib/graphql";',
  'import type { Json } from "@/lib/json";',
  "",
  types.trim(),
  "",
  constants.join("\n\n"),
  "",
].join("\n");

if (process.argv.includes("--check")) {
  if (readFileSync(target, "utf8") !== content) {
    console.error(
      "src/gql/operations.ts is not what the schema and the .graphql files say: run `npm run gql`.",
    );
    process.exit(1);
  }
} else {
  writeFileSync(target, content);
}
