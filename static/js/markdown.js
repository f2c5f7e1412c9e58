/** Markdown to safe elements: CommonMark with tables, sanitised whatever the text holds. */

import MarkdownIt from "../vendor/markdown-it-15.0.3/markdown-it.mjs";
import DOMPurify from "../vendor/dompurify-3.4.18/purify.mjs";
import { h } from "./dom.js";
import { codeBlock } from "./code-blocks.js";
import { t } from "./i18n.js";

const markdown = new MarkdownIt({ html: false, linkify: true, breaks: false, typographer: false });

// Headings of an answer stand below the page's own.
markdown.core.ruler.push("nested_headings", (state) => {
  for (const token of state.tokens) {
    if (token.type.startsWith("heading_")) token.tag = `h${Math.min(6, Number(token.tag[1]) + 2)}`;
  }
});

// No picture is loaded: its address could carry the conversation to somebody else's server.
markdown.renderer.rules.image = (tokens, index) => {
  const token = tokens[index];
  const text = markdown.utils.escapeHtml(token.content || token.attrGet("src"));
  return `<a href="${markdown.utils.escapeHtml(token.attrGet("src"))}">${text}</a>`;
};

const SANITIZER = {
  ALLOWED_TAGS: "a b blockquote br code del em h3 h4 h5 h6 hr i li ol p pre s strong table tbody td th thead tr ul".split(" "),
  ALLOWED_ATTR: ["href", "title", "class", "start", "align"],
  ALLOWED_URI_REGEXP: /^(?:https?:|mailto:|tel:|\/(?!\/)|#)/i,
  ALLOW_DATA_ATTR: false,
  ALLOW_ARIA_ATTR: false,
  RETURN_DOM_FRAGMENT: true,
};

/** Inline `text-align` is not allowed by our content policy; a class does the same. */
function alignment(html) {
  return html.replace(/<(t[hd]) style="text-align:(left|center|right)">/g, '<$1 class="align-$2">');
}

function decorate(fragment) {
  for (const element of fragment.querySelectorAll("[class]")) {
    const allowed = [...element.classList].filter((name) => /^(align-\w+|language-.+)$/.test(name));
    element.className = allowed.join(" ");
    if (!allowed.length) element.removeAttribute("class");
  }
  for (const link of fragment.querySelectorAll("a")) {
    if (!link.hasAttribute("href")) continue;
    link.rel = "noopener noreferrer nofollow";
    if (!link.getAttribute("href").startsWith("#")) link.target = "_blank";
  }
  for (const element of fragment.querySelectorAll("p, h3, h4, h5, h6, ul, ol, li, blockquote, td, th")) element.dir = "auto";
  for (const table of fragment.querySelectorAll("table")) {
    const frame = h("div.table-scroll", { tabindex: "0", role: "group", "aria-label": t("table") });
    table.replaceWith(frame);
    frame.append(table);
  }
  for (const pre of fragment.querySelectorAll("pre")) pre.replaceWith(codeBlock(pre));
  return fragment;
}

/** Top-level blocks of `text`: [{start, type}], `start` an offset in `text`, `type` markdown-it's token type. */
export function blocks(text, env = {}) {
  const lines = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) lines.push(at + 1);
  const offset = (line) => lines[line] ?? text.length;
  return markdown
    .parse(text, env)
    .filter((token) => token.level === 0 && token.map && token.nesting >= 0)
    .map((token) => ({ start: offset(token.map[0]), type: token.type }));
}

/** Elements for `text`, ready to be shown. `env` carries link definitions from one piece of a text to the next. */
export function render(text, env = {}) {
  return decorate(DOMPurify.sanitize(alignment(markdown.render(text, env)), SANITIZER));
}
