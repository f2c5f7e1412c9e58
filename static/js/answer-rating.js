/** What the reader says of an answer: a thumb, and after a thumb down how the answer should have been. */

import { api } from "./api.js";
import { h, iconButton } from "./dom.js";
import { t } from "./i18n.js";

const UP = 1;
const DOWN = -1;
const LONGEST = 500;

export class AnswerRating {
  #turn;
  #said = h("span.rate-said", { role: "status" });
  #up = iconButton("thumbs-up", t("rate_good"), () => this.#toggle(UP));
  #down = iconButton("thumbs-down", t("rate_bad"), () => this.#toggle(DOWN));
  #more = h("button.link-button", { type: "button", "aria-expanded": "false", onclick: () => this.#open() }, t("rate_more"));
  #form = null;

  /** `turn` as the API gives it, with a rating of -1, 0 or 1. */
  constructor(turn) {
    this.#turn = turn;
    this.buttons = h("span.rate", { role: "group", "aria-label": t("rate_answer") }, this.#up, this.#down, this.#more, this.#said);
    this.element = h("div");
    this.#light();
  }

  async #toggle(thumb) {
    const before = this.#turn.rating;
    this.#turn.rating = before === thumb ? 0 : thumb;
    this.#light();
    this.#close();
    try {
      await api.rateAnswer(this.#turn.id, { rating: this.#turn.rating });
      this.#said.textContent = this.#turn.rating ? t("page_rated") : "";
      if (this.#turn.rating === DOWN) this.#open("");
    } catch {
      this.#turn.rating = before;
      this.#light();
      this.#said.textContent = t("page_not_rated");
    }
  }

  #light() {
    this.#up.setAttribute("aria-pressed", String(this.#turn.rating === UP));
    this.#down.setAttribute("aria-pressed", String(this.#turn.rating === DOWN));
    this.#more.hidden = this.#turn.rating !== DOWN;
  }

  /** `known` is the correction so far; without it the server is asked. */
  async #open(known) {
    if (this.#form) return this.#close();
    try {
      const text = known ?? (await api.answerRating(this.#turn.id)).correction;
      this.#form = this.#correction(text);
      this.element.replaceChildren(this.#form);
      this.#more.setAttribute("aria-expanded", "true");
      this.#form.querySelector("textarea").focus();
    } catch {
      this.#said.textContent = t("rate_not_read");
    }
  }

  #close() {
    if (this.#form?.contains(document.activeElement)) this.#more.focus();
    this.#form = null;
    this.element.replaceChildren();
    this.#more.setAttribute("aria-expanded", "false");
  }

  #correction(text) {
    const id = `correction-${this.#turn.id}`;
    const area = h("textarea", { id, rows: 2, maxlength: LONGEST, dir: "auto", "aria-describedby": `${id}-hint` });
    area.value = text;
    const wrong = h("p.rate-wrong", { role: "alert" });
    const form = h(
      "form.rate-form",
      {},
      h("label", { for: id }, t("rate_correction")),
      area,
      h("p", { id: `${id}-hint` }, t("rate_hint")),
      wrong,
      h("div", {}, h("button.button.primary", { type: "submit" }, t("save")), h("button.button", { type: "button", onclick: () => this.#close() }, t("cancel"))),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send(area.value.trim(), wrong);
    });
    form.addEventListener("keydown", (event) => {
      if (event.key === "Escape") {
        event.stopPropagation();
        this.#close();
      }
    });
    return form;
  }

  async #send(correction, wrong) {
    try {
      await api.rateAnswer(this.#turn.id, { rating: DOWN, correction });
      this.#close();
      this.#said.textContent = t("page_rated");
    } catch (error) {
      wrong.textContent = error.reason || t("page_not_rated");
    }
  }
}
