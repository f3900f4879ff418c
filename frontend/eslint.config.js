import js from "@eslint/js";
import reactHooks from "eslint-plugin-react-hooks";
import { defineConfig } from "eslint/config";
import tseslint from "typescript-eslint";
import { directionRules } from "./scripts/lint-zones.mjs";

const kebabCase = {
  create: (context) => ({
    Program(node) {
      const name = context.filename.split("/").at(-1);
      if (!/^[a-z0-9]+([-.][a-z0-9]+)*$/.test(name))
        context.report({ node, message: `Name the file ${name} in kebab-case.` });
    },
  }),
};

export default defineConfig(
  { ignores: ["dist", "src/gql/operations.ts", "test-results", "playwright-report"] },
  js.configs.recommended,
  { plugins: { page: { rules: { "kebab-case": kebabCase } } }, rules: { "page/kebab-case": "error" } },
  {
    files: ["**/*.{ts,tsx}"],
    extends: [tseslint.configs.strictTypeChecked, reactHooks.configs.flat["recommended-latest"]],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      // Numbers in a sentence are meant to be printed.
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      // An arrow that hands on what its callee answers reads better than one with braces.
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "@typescript-eslint/no-non-null-assertion": "off",
    },
  },
  {
    files: ["src/**/*.tsx"],
    ignores: ["src/app/announcer.tsx", "**/*.test.tsx"],
    rules: {
      "no-restricted-syntax": [
        "error",
        {
          selector:
            "JSXAttribute[name.name='role'][value.value=/^(status|log)$/], JSXAttribute[name.name='aria-live'], JSXOpeningElement[name.name='output']",
          message: "The page has one polite region. Say it with useAnnouncement from @/lib/announcements.",
        },
      ],
    },
  },
  {
    files: ["scripts/**/*.mjs"],
    languageOptions: {
      globals: {
        AbortController: "readonly",
        Buffer: "readonly",
        URL: "readonly",
        console: "readonly",
        document: "readonly",
        fetch: "readonly",
        innerWidth: "readonly",
        process: "readonly",
      },
    },
  },
  ...directionRules(),
);
