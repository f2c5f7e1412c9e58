/** The panel of the widget: one conversation, in a frame on somebody else's page. */

import { isActive } from "../answer-view.js";
import { Composer } from "../composer.js";
import { ConnectionLine } from "../connection-line.js";
import { explain } from "../errors.js";
import { EventLog } from "../event-log.js";
import { t } from "../i18n.js";
import { Scroller } from "../scroller.js";
import { Thread } from "../thread.js";
import { announce, toast } from "../toasts.js";
import { trapFocus } from "./focus-trap.js";
import { HostLink } from "./host-link.js";
import { WidgetApi } from "./widget-api.js";

const config = JSON.parse(document.getElementById("page-config").textContent);
const RECOVER_SECONDS = 2;
const closed = (error) => error.status === 401 || error.status === 403;

class Panel {
  #newChat = document.getElementById("new-chat");
  #id = null; // the conversation; null before the first question
  #visit = 0; // grows whenever another conversation is shown, so that late answers of the server know they are late
  #turn = null;
  #reading = null;

  constructor() {
    this.link = new HostLink();
    this.api = new WidgetApi(config, this.link);
    this.scroller = new Scroller(document.getElementById("scroller"), document.getElementById("jump"));
    this.thread = new Thread(document.getElementById("thread"), { scroller: this.scroller, onRetry: () => this.retry() });
    this.composer = new Composer({ onSend: (text) => this.send(text), onStop: () => this.stop() });
    this.composer.draft = config.key;
    const line = new ConnectionLine({ onRetry: () => this.log.retryNow() });
    this.log = new EventLog({
      socketUrl: `/ws/widgets/${encodeURIComponent(config.key)}`,
      eventsUrl: this.api.eventsUrl,
      token: this.api.token,
      onState: (state) => line.show(state),
    });
    this.#listen();
  }

  async start() {
    if (!this.link.isFramed) return this.#say("alone");
    const { known, focus } = await this.link.connect();
    document.getElementById("main").removeAttribute("aria-busy");
    if (focus) this.#focus();
    if (known) await this.load();
  }

  /** Shows the visitor's latest conversation, if there is one. */
  async load({ quiet = false } = {}) {
    const visit = this.#begin();
    if (!quiet) this.thread.loading();
    try {
      const { conversation } = await this.api.newest();
      if (visit !== this.#visit) return;
      if (conversation) this.#show(conversation);
      else this.fresh();
    } catch (error) {
      if (visit === this.#visit) this.#loadFailed(error);
    }
  }

  /** An empty conversation; the next question begins it. */
  fresh() {
    this.#begin();
    this.#id = null;
    this.#newChat.hidden = true;
    this.composer.mode = "idle";
    this.thread.welcome();
  }

  async send(text) {
    const visit = this.#visit;
    const pending = this.thread.ask(text);
    this.composer.mode = "sending";
    try {
      const page = await this.link.request("page").catch(() => "");
      const created = await this.api.ask({ message: text, page, ...(this.#id && { conversation: this.#id }) });
      this.link.send("event", { name: "question" });
      if (visit !== this.#visit) return;
      pending.confirm();
      this.#id = created.conversation;
      this.#newChat.hidden = false;
      this.#follow(created.turn, pending.answer);
    } catch (error) {
      if (visit === this.#visit) this.#sendFailed(error, text, pending);
    }
  }

  async retry() {
    const visit = this.#visit;
    const turn = this.thread.last?.message.turn?.id ?? this.#turn;
    const answer = this.thread.wait();
    this.composer.mode = "sending";
    this.composer.fail(null);
    try {
      await this.api.retry(turn);
      if (visit === this.#visit) await this.load({ quiet: true });
    } catch (error) {
      if (visit !== this.#visit) return;
      answer.element.remove();
      await this.load({ quiet: true });
      if (!closed(error)) this.composer.fail(explain(error).text, { label: t("try_again"), run: () => this.retry() });
    }
  }

  async stop() {
    if (!this.#turn) return;
    this.thread.last?.stopping();
    try {
      await this.api.stop(this.#turn);
    } catch (error) {
      toast(explain(error).text, { action: { label: t("try_again"), run: () => this.stop() } });
    }
  }

  #begin() {
    this.#reading?.close();
    this.#reading = null;
    this.#turn = null;
    return (this.#visit += 1);
  }

  #show(conversation) {
    this.#id = conversation.id;
    this.#newChat.hidden = false;
    this.thread.show(conversation.messages);
    this.#count(conversation);
    const turn = this.thread.last?.message.turn;
    if (isActive(turn)) this.#follow(turn.id, this.thread.last);
    else this.composer.mode = "idle";
  }

  /** Reads the turn's log from its beginning: the answer is built anew, whatever was on the page before. */
  #follow(turn, answer) {
    this.#reading?.close();
    this.#turn = turn;
    this.composer.mode = "answering";
    const visit = this.#visit;
    this.#reading = this.log.follow(turn, {
      onEvent: (event) => answer.handle(event),
      onEnd: (reason) => visit === this.#visit && this.#ended(reason, answer),
    });
  }

  async #ended(reason, answer) {
    this.#reading = null;
    if (reason === "denied") this.api.forget();
    if (reason === "done") {
      this.composer.mode = "idle";
      announce(t("answer_announced", { text: answer.text }));
    }
    await this.#settle(answer, reason);
  }

  /** Takes over what the server has kept of the answer; one that goes on after all is followed again. */
  async #settle(answer, reason) {
    const visit = this.#visit;
    try {
      const { conversation } = await this.api.newest();
      if (visit !== this.#visit || !conversation) return;
      this.#count(conversation);
      const message = conversation.messages.findLast((entry) => entry.turn?.id === this.#turn);
      if (message && !isActive(message.turn)) {
        answer.settle(message);
        this.composer.mode = "idle";
        this.link.send("event", { name: "answer" });
      } else if (reason !== "done") {
        setTimeout(() => visit === this.#visit && this.load({ quiet: true }), RECOVER_SECONDS * 1000);
      }
    } catch (error) {
      if (visit !== this.#visit || reason === "done") return; // the answer is on the page
      this.#loadFailed(error);
    }
  }

  /** Tells the button how many answers there are; those that came while the panel was shut are unread. */
  #count(conversation) {
    const answers = conversation.messages.filter((message) => message.role === "assistant" && !isActive(message.turn));
    this.link.send("answers", { conversation: conversation.id, count: answers.length });
  }

  #sendFailed(error, text, pending) {
    pending.withdraw();
    this.composer.mode = "idle";
    this.composer.giveBack(text);
    if (closed(error)) return this.#close();
    this.composer.fail(explain(error).text);
    if (error.status === 404) this.#id = null;
    if (error.status === 409) this.load({ quiet: true }); // asked in another tab: show it
    else if (this.thread.isEmpty) this.thread.welcome();
  }

  #loadFailed(error) {
    this.composer.mode = "idle";
    if (closed(error)) this.#close();
    else this.thread.failed(explain(error).text, () => this.load());
  }

  /** Staff have switched the widget off, or taken this site from its list. */
  #close() {
    this.#begin();
    this.#say("closed");
    this.link.send("event", { name: "closed" });
  }

  #say(what) {
    this.thread.notice(t(`${what}_title`), t(`${what}_text`));
    document.getElementById("composer").inert = true;
  }

  #focus() {
    // On a touch screen the keyboard would cover what the visitor has come to read.
    if (matchMedia("(hover: hover)").matches) this.composer.focus();
    else document.getElementById("main").focus({ preventScroll: true });
  }

  #listen() {
    this.link.on("shown", () => {
      this.#focus();
      this.scroller.follow();
    });
    this.#newChat.addEventListener("click", () => {
      this.fresh();
      this.composer.focus();
    });
    document.getElementById("close").addEventListener("click", () => this.link.send("close"));
    document.addEventListener("click", ({ target }) => {
      const starter = target.closest("[data-starter]");
      if (starter && this.composer.mode === "idle") this.send(starter.textContent.trim());
    });
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !event.defaultPrevented && !event.isComposing) this.link.send("close");
    });
    trapFocus(document.body);
  }
}

new Panel().start();
