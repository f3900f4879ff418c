// Import direction as lint rules, made from the folders that exist: lib, gql → components → features → app, and no
// feature into another. Folders are crossed with "@/…" only, so one pattern catches every way in.
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

const features = readdirSync(fileURLToPath(new URL("../src/features", import.meta.url)));

/** What each folder may not know. */
const forbidden = {
  "src/lib": ["@/components", "@/features", "@/app", "@/testing"],
  "src/components": ["@/features", "@/app", "@/testing"],
  ...Object.fromEntries(
    features.map((feature) => [
      `src/features/${feature}`,
      [
        "@/app",
        "@/testing",
        ...features.filter((each) => each !== feature).map((each) => `@/features/${each}`),
      ],
    ]),
  ),
  "src/app": ["@/testing"],
  "src/testing": ["@/features"],
};

export function directionRules() {
  return Object.entries(forbidden).map(([folder, outside]) => ({
    files: [`${folder}/**/*.{ts,tsx}`],
    ignores: ["**/*.test.{ts,tsx}"],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          patterns: [
            {
              group: outside.flatMap((each) => [each, `${each}/**`]),
              message: `${folder} may not know this: imports go lib, components → features → app.`,
            },
            {
              group: ["../*", "!../../../backend"],
              message: "Cross folders with @/, so that the direction shows.",
            },
            { group: ["**/index", "**/index.ts"], message: "No barrel files: import the module itself." },
          ],
        },
      ],
    },
  }));
}
