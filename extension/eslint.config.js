import js from "@eslint/js";
import hooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

const node = { URLSearchParams: "readonly", process: "readonly", console: "readonly", URL: "readonly", Buffer: "readonly", setTimeout: "readonly", clearTimeout: "readonly" };

export default tseslint.config(
  { ignores: ["dist", "node_modules"] },
  js.configs.recommended,
  {
    files: ["**/*.{ts,tsx}"],
    extends: [tseslint.configs.strictTypeChecked, hooks.configs.flat["recommended-latest"]],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "max-lines": ["error", 400],
      "max-lines-per-function": ["error", { max: 50, skipBlankLines: true, skipComments: true }],
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "@typescript-eslint/no-non-null-assertion": "error",
    },
  },
  {
    files: ["src/**/*.{ts,tsx}"],
    ignores: ["src/*/module.tsx"],
    rules: {
      "no-restricted-imports": [
        "error",
        { paths: [{ name: "azure-devops-extension-sdk", message: "Only a module.tsx talks to the SDK; others take a Host." }] },
      ],
    },
  },
  {
    files: ["src/shared-ui/**", "src/common/**"],
    rules: { "no-restricted-imports": ["error", { patterns: ["**/hub/**", "**/work-item-panel/**"] }] },
  },
  { files: ["tests/**", "dev/**"], rules: { "max-lines-per-function": "off" } },
  { files: ["**/*.{js,mjs}"], languageOptions: { globals: node } },
);
