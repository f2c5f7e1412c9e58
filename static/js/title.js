/** The conversation's title, on the page and on the browser's tab. */

import { h } from "./dom.js";
import { t } from "./i18n.js";

export function showTitle(title, { isNew, product }) {
  const heading = document.getElementById("title");
  // A new conversation needs no title for the eye, but every page has a heading.
  if (!title && isNew) heading.replaceChildren(h("span.visually-hidden", {}, t("new_chat")));
  else heading.textContent = title || t("untitled");
  document.title = title ? `${title} · ${product}` : product;
}
