/** A question in the thread. */

import { copyText, h, iconButton, showCopied } from "./dom.js";
import { formatExact, formatRelative, t } from "./i18n.js";

const LONG_LINES = 24;
const LONG_TEXT = 2400;

function isLong(text) {
  return text.length > LONG_TEXT || text.split("\n", LONG_LINES + 1).length > LONG_LINES;
}

function foldable(bubble) {
  const toggle = h("button.link-button.expand", { type: "button", "aria-expanded": "false" }, t("show_all"));
  bubble.classList.add("long");
  toggle.addEventListener("click", () => {
    const folded = bubble.classList.toggle("long");
    toggle.textContent = folded ? t("show_all") : t("show_less");
    toggle.setAttribute("aria-expanded", String(!folded));
  });
  return toggle;
}

/** `message`: {content, created_at}; `pending` while the server has not confirmed it. */
export function questionView(message, { pending = false } = {}) {
  const bubble = h("div.bubble", { dir: "auto" }, message.content);
  const date = message.created_at ? new Date(message.created_at) : new Date();
  const copy = iconButton("copy", t("copy_question"), async () => (await copyText(message.content)) && showCopied(copy, t("copied")));
  return h(
    `article.message.user${pending ? ".pending" : ""}`,
    {},
    h("h2.visually-hidden", {}, t("you_said")),
    bubble,
    isLong(message.content) && foldable(bubble),
    h("div.user-tools", {}, h("time", { datetime: date.toISOString(), title: formatExact(date) }, formatRelative(date)), copy),
  );
}
