/** The message box: grows with its text, sends with Enter, turns its button into Stop while an answer is written. */

import { h, icon } from "./dom.js";
import { keepDraft, readDraft } from "./drafts.js";
import { t } from "./i18n.js";

export class Composer {
  #form = document.getElementById("composer");
  #box = document.getElementById("message");
  #button = document.getElementById("send");
  #error = document.getElementById("composer-error");
  #mode = "idle"; // idle, sending, answering
  #onSend;
  #onStop;
  #draftKey = "";

  constructor({ onSend, onStop }) {
    this.#onSend = onSend;
    this.#onStop = onStop;
    this.#box.addEventListener("input", () => this.#changed());
    this.#box.addEventListener("keydown", (event) => this.#key(event));
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.#mode === "answering") this.#onStop();
      else this.#submit();
    });
  }

  focus() {
    this.#box.focus({ preventScroll: true });
  }

  get mode() {
    return this.#mode;
  }

  set mode(mode) {
    this.#mode = mode;
    const stop = mode === "answering";
    const label = stop ? t("stop") : t("send");
    this.#button.classList.toggle("stop", stop);
    this.#button.setAttribute("aria-label", label);
    this.#button.title = stop ? t("stop_hint") : label;
    this.#button.replaceChildren(icon(stop ? "square" : "arrow-up"));
    this.#changed();
  }

  /** The conversation whose unsent text is shown; "" is the new one. */
  set draft(conversation) {
    this.#draftKey = `draft:${conversation}`;
    this.#box.value = readDraft(this.#draftKey);
    this.fail(null);
    this.#changed();
  }

  /** The new conversation got an id: what is typed from now on belongs to it. */
  follow(conversation) {
    keepDraft(this.#draftKey, "");
    this.#draftKey = `draft:${conversation}`;
    this.#changed();
  }

  take() {
    const text = this.#box.value.trim();
    this.#box.value = "";
    this.#changed();
    return text;
  }

  /** Puts back a text that could not be sent; what has been typed since stays behind it. */
  giveBack(text) {
    this.#box.value = [text, this.#box.value].filter(Boolean).join("\n\n");
    this.#changed();
    this.focus();
  }

  /** Shows why sending failed; `action` is {label, run} or {label, href}. */
  fail(text, action) {
    this.#error.hidden = !text;
    if (!text) return this.#error.replaceChildren();
    const control = action && (action.href ? h("a", { href: action.href }, action.label) : h("button.link-button", { type: "button", onclick: action.run }, action.label));
    this.#error.replaceChildren(...[icon("triangle-alert"), h("p", {}, text), control].filter(Boolean));
  }

  #submit() {
    if (this.#mode !== "idle" || !this.#box.value.trim()) return;
    this.fail(null);
    this.#onSend(this.take());
  }

  #key(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    this.#submit();
  }

  #changed() {
    this.#button.disabled = this.#mode === "sending" || (this.#mode === "idle" && !this.#box.value.trim());
    keepDraft(this.#draftKey, this.#box.value);
    this.#box.style.height = "auto";
    this.#box.style.height = `${this.#box.scrollHeight}px`;
  }
}
