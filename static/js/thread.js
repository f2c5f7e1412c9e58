/** The thread of one conversation: what is on the page between the title and the composer. */

import { AnswerView } from "./answer-view.js";
import { h, icon } from "./dom.js";
import { t, tn } from "./i18n.js";
import { questionView } from "./question-view.js";

export class Thread {
  #element;
  #scroller;
  #onRetry;
  #last = null;

  constructor(element, { scroller, onRetry }) {
    this.#element = element;
    this.#scroller = scroller;
    this.#onRetry = onRetry;
  }

  /** The newest answer's view. */
  get last() {
    return this.#last;
  }

  welcome() {
    this.#replace(document.getElementById("welcome").content.cloneNode(true));
  }

  loading() {
    const bones = Array.from({ length: 6 }, () => h("span.skeleton"));
    this.#replace(h("div", { "aria-busy": "true" }, h("span.visually-hidden", {}, t("loading")), ...bones));
  }

  missing() {
    const button = h("a.button.primary", { href: "/", "data-new-chat": true }, icon("plus"), t("new_chat"));
    this.#replace(statePage(t("missing_title"), t("missing_text"), button));
  }

  /** A state in which there is nothing to do here. */
  notice(title, text) {
    this.#replace(statePage(title, text, null));
  }

  failed(reason, onRetry) {
    const button = h("button.button.primary", { type: "button", onclick: onRetry }, icon("rotate-cw"), t("try_again"));
    this.#replace(statePage(t("load_failed"), reason, button));
  }

  /** Shows a whole conversation; an answer that was replaced by a retry is folded away. */
  show(messages) {
    this.#last = null;
    let last = null;
    const fragment = new DocumentFragment();
    messages.forEach((message, index) => {
      if (message.role === "user") return fragment.append(questionView(message));
      if (message.role !== "assistant") return;
      const superseded = messages[index + 1]?.role === "assistant";
      const view = (last = this.#answer(message, superseded));
      fragment.append(view.element);
      if (superseded) fold(view.element, fragment);
    });
    this.#replace(fragment);
    this.#last = last;
    this.#scroller.toEnd();
  }

  /** A question that is on its way to the server. */
  ask(text) {
    const element = questionView({ content: text }, { pending: true });
    this.#clearStates();
    this.#element.append(element);
    const answer = this.wait();
    return {
      answer,
      confirm: () => element.classList.remove("pending"),
      withdraw: () => {
        element.remove();
        answer.element.remove();
        this.#last = null;
      },
    };
  }

  /** An empty answer at the end of the thread, waiting for events. */
  wait() {
    this.#last?.retire();
    const view = this.#answer({ content: "", created_at: new Date().toISOString(), turn: null });
    this.#element.append(view.element);
    this.#scroller.toEnd();
    return view;
  }

  get isEmpty() {
    return !this.#element.querySelector(".message");
  }

  #answer(message, superseded = false) {
    this.#last?.retire();
    const view = new AnswerView(message, {
      onGrow: () => this.#scroller.follow(),
      onRetry: superseded ? null : (answer) => this.#onRetry(answer),
    });
    this.#last = view;
    return view;
  }

  #clearStates() {
    for (const child of [...this.#element.children]) if (!child.matches(".message, .earlier")) child.remove();
  }

  #replace(content) {
    this.#last = null;
    this.#element.replaceChildren(content);
    this.#scroller.toStart();
  }
}

/** Puts `answer` into the fold of earlier answers at the end of `fragment`. */
function fold(answer, fragment) {
  const before = answer.previousElementSibling;
  const box = before?.matches(".earlier") ? before : h("details.earlier", {}, h("summary"));
  if (box !== before) fragment.append(box);
  box.append(answer);
  box.firstElementChild.textContent = tn("earlier_answers", box.querySelectorAll(".message").length);
}

function statePage(title, text, button) {
  return h("div.state-page", {}, h("h2", {}, title), h("p", {}, text), button);
}
