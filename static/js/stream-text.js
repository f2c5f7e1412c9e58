/** Markdown that grows: finished blocks are left alone, only the last one is parsed again. */

import { highlightIn } from "./code-blocks.js";
import { blocks, render } from "./markdown.js";
import { morphChildren } from "./morph.js";

const LIST_START = /^\s{0,3}(?:[-*+]|\d{1,9}[.)]?)?\s*$/;
const FENCE = /^\s*(?:(?:[-*+>]|\d+[.)])\s+)*(?:```|~~~)/gm;

/** Closes what the last paragraph has opened, so that half a `**word` is not shown as asterisks. */
export function closeOpenMarks(text) {
  if ((text.match(FENCE)?.length ?? 0) % 2) return text; // inside a code block every mark is meant
  const prose = text.slice(text.lastIndexOf("\n\n") + 1).replace(/`[^`\n]*`/g, "");
  if (prose.includes("```")) return text;
  if (prose.includes("`")) return `${text}\``;
  const link = /\[([^[\]\n]*)\]\([^()\s]*$/.exec(prose);
  if (link) return text.slice(0, text.length - link[0].length) + link[1];
  const label = /\[([^[\]\n]*)$/.exec(prose);
  if (label) return text.slice(0, text.length - label[0].length) + label[1];
  if ((prose.match(/\*\*/g)?.length ?? 0) % 2 === 0) return text;
  return text.endsWith("**") ? text.slice(0, -2) : `${text.replace(/\*$/, "").trimEnd()}**`;
}

function box(...fragments) {
  const element = document.createElement("div");
  element.append(...fragments);
  return element;
}

export class StreamText {
  #root;
  #onGrow;
  #text = "";
  #settled = 0; // offset in the text: what lies before it is on the page for good,
  #nodes = 0; // as so many nodes of the root
  #env = {};
  #frame = 0;

  constructor(root, onGrow = () => {}) {
    this.#root = root;
    this.#onGrow = onGrow;
  }

  get text() {
    return this.#text;
  }

  append(piece) {
    this.#text += piece;
    this.#frame ||= requestAnimationFrame(() => this.#draw());
  }

  /** Shows `text` in place of all that came before; for a snapshot. */
  replace(text) {
    this.#text = text;
    this.#settled = this.#nodes = 0;
    this.#env = {};
    this.append("");
  }

  /** The whole answer is here: shows exactly what rendering it in one go gives, and changes only what differs. */
  finish(text = this.#text) {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    this.#text = text;
    const whole = box(render(text));
    keepColours(this.#root, whole);
    morphChildren(this.#root, whole);
    highlightIn(this.#root);
    this.#onGrow();
  }

  #draw() {
    this.#frame = 0;
    const rest = this.#text.slice(this.#settled);
    const end = this.#stableEnd(rest);
    const settled = end ? render(rest.slice(0, end), this.#env) : null;
    const count = settled?.childNodes.length ?? 0;
    const fresh = box(...(settled ? [settled] : []), render(closeOpenMarks(rest.slice(end)), this.#env));
    morphChildren(this.#root, fresh, this.#nodes);
    for (const node of [...this.#root.childNodes].slice(this.#nodes, this.#nodes + count)) {
      if (node instanceof Element) highlightIn(node);
    }
    this.#settled += end;
    this.#nodes += count;
    this.#onGrow();
  }

  /** The offset in `rest` before which nothing can change any more. */
  #stableEnd(rest) {
    const found = blocks(rest, this.#env);
    let open = found.length - 1;
    // "2" after a list may still become "2." and so belong to it.
    if (open > 0 && /_list_open$/.test(found[open - 1].type) && LIST_START.test(rest.slice(found[open].start))) open -= 1;
    return open > 0 ? found[open].start : 0;
  }
}

/** Code that is coloured already goes over into the new tree, where it would be plain again. */
function keepColours(old, fresh) {
  const done = [...old.querySelectorAll("code[data-highlighted]")];
  for (const code of fresh.querySelectorAll(".code-block code")) {
    const match = done.find((entry) => entry.textContent === code.textContent && entry.childElementCount);
    if (!match) continue;
    code.replaceChildren(...match.cloneNode(true).childNodes);
    code.dataset.highlighted = match.dataset.highlighted;
  }
}
