/** Code blocks: a language label, a copy button that works while the code still grows, colours when it is complete. */

import { copyText, h, icon, showCopied } from "./dom.js";
import { t } from "./i18n.js";

// Literal import() calls: the static files' hashed names are written into them at collectstatic.
const LANGUAGES = {
  bash: () => import("../vendor/highlight.js-11.12.0/languages/bash.mjs"),
  c: () => import("../vendor/highlight.js-11.12.0/languages/c.mjs"),
  cpp: () => import("../vendor/highlight.js-11.12.0/languages/cpp.mjs"),
  csharp: () => import("../vendor/highlight.js-11.12.0/languages/csharp.mjs"),
  css: () => import("../vendor/highlight.js-11.12.0/languages/css.mjs"),
  diff: () => import("../vendor/highlight.js-11.12.0/languages/diff.mjs"),
  dockerfile: () => import("../vendor/highlight.js-11.12.0/languages/dockerfile.mjs"),
  go: () => import("../vendor/highlight.js-11.12.0/languages/go.mjs"),
  ini: () => import("../vendor/highlight.js-11.12.0/languages/ini.mjs"),
  java: () => import("../vendor/highlight.js-11.12.0/languages/java.mjs"),
  javascript: () => import("../vendor/highlight.js-11.12.0/languages/javascript.mjs"),
  json: () => import("../vendor/highlight.js-11.12.0/languages/json.mjs"),
  kotlin: () => import("../vendor/highlight.js-11.12.0/languages/kotlin.mjs"),
  markdown: () => import("../vendor/highlight.js-11.12.0/languages/markdown.mjs"),
  nginx: () => import("../vendor/highlight.js-11.12.0/languages/nginx.mjs"),
  php: () => import("../vendor/highlight.js-11.12.0/languages/php.mjs"),
  powershell: () => import("../vendor/highlight.js-11.12.0/languages/powershell.mjs"),
  python: () => import("../vendor/highlight.js-11.12.0/languages/python.mjs"),
  ruby: () => import("../vendor/highlight.js-11.12.0/languages/ruby.mjs"),
  rust: () => import("../vendor/highlight.js-11.12.0/languages/rust.mjs"),
  sql: () => import("../vendor/highlight.js-11.12.0/languages/sql.mjs"),
  swift: () => import("../vendor/highlight.js-11.12.0/languages/swift.mjs"),
  typescript: () => import("../vendor/highlight.js-11.12.0/languages/typescript.mjs"),
  xml: () => import("../vendor/highlight.js-11.12.0/languages/xml.mjs"),
  yaml: () => import("../vendor/highlight.js-11.12.0/languages/yaml.mjs"),
};
const ALIASES = {
  sh: "bash", shell: "bash", zsh: "bash", console: "bash", "c++": "cpp", cs: "csharp", "c#": "csharp", docker: "dockerfile",
  golang: "go", toml: "ini", env: "ini", js: "javascript", jsx: "javascript", mjs: "javascript", kt: "kotlin", md: "markdown",
  ps1: "powershell", py: "python", python3: "python", rb: "ruby", rs: "rust", postgresql: "sql", sqlite: "sql", ts: "typescript",
  tsx: "typescript", html: "xml", svg: "xml", vue: "xml", yml: "yaml", patch: "diff", jsonc: "json",
};
const TOO_LONG = 60_000; // characters; colouring more than this would freeze a phone

function languageOf(code) {
  const name = [...code.classList].find((entry) => entry.startsWith("language-"))?.slice(9).toLowerCase() ?? "";
  return { name, key: Object.hasOwn(ALIASES, name) ? ALIASES[name] : name };
}

/** The framed block that replaces a rendered <pre>. */
export function codeBlock(pre) {
  const code = pre.querySelector("code") ?? pre;
  pre.tabIndex = 0;
  const copy = h("button", { type: "button", "aria-label": t("copy_code"), "data-copy-code": true, "data-keep": true }, icon("copy"), t("copy"));
  return h("figure.code-block", {}, h("div.code-head", {}, h("span", {}, languageOf(code).name), copy), pre.cloneNode(true));
}

// One listener for all blocks: a block that is patched while it grows keeps its button.
document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-copy-code]");
  if (!button) return;
  const text = button.closest(".code-block").querySelector("pre").textContent;
  if (await copyText(text.replace(/\n$/, ""))) showCopied(button, t("copied"));
});

async function highlighter(key) {
  const [{ default: core }, { default: grammar }] = await Promise.all([
    import("../vendor/highlight.js-11.12.0/core.mjs"),
    LANGUAGES[key](),
  ]);
  if (!core.getLanguage(key)) core.registerLanguage(key, grammar);
  return core;
}

/** Colours the complete code blocks in `root`; a block whose language is unknown stays plain. */
export function highlightIn(root) {
  for (const code of root.querySelectorAll(".code-block code:not([data-highlighted])")) {
    const { key } = languageOf(code);
    if (!Object.hasOwn(LANGUAGES, key) || code.textContent.length > TOO_LONG) continue;
    code.dataset.highlighted = key;
    colour(code, key).catch(() => {}); // the grammar could not be loaded: plain code is readable too
  }
}

async function colour(code, key) {
  const core = await highlighter(key);
  const text = code.textContent;
  const { value } = core.highlight(text, { language: key, ignoreIllegals: true });
  const coloured = document.createRange().createContextualFragment(value);
  // The highlighter escapes what it is given; that not a character was added or lost is checked all the same.
  if (code.isConnected && coloured.textContent === text) code.replaceChildren(coloured);
}
