/** The line that says when the connection is gone; short cuts are not worth a word. */

import { h } from "./dom.js";
import { t } from "./i18n.js";

const PATIENCE = 1200; // milliseconds

export class ConnectionLine {
  #element = document.getElementById("connection");
  #timer = 0;
  #retry;

  constructor({ onRetry }) {
    this.#retry = onRetry;
  }

  show(state) {
    clearTimeout(this.#timer);
    if (state === "offline") return this.#say(t("offline"), false);
    if (state !== "reconnecting") return this.#hide();
    this.#timer = setTimeout(() => this.#say(t("reconnecting"), true), this.#element.hidden ? PATIENCE : 0);
  }

  #say(text, withButton) {
    const button = withButton && h("button.link-button", { type: "button", onclick: this.#retry }, t("retry_now"));
    this.#element.replaceChildren(...[h("span", {}, text), button].filter(Boolean));
    this.#element.hidden = false;
  }

  #hide() {
    this.#element.hidden = true;
    this.#element.replaceChildren();
  }
}
