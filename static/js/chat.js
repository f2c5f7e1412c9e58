/** The chat page: puts the parts together and keeps them at one conversation. */

import { isActive } from "./answer-view.js";
import { api } from "./api.js";
import { Composer } from "./composer.js";
import { ConnectionLine } from "./connection-line.js";
import { ConversationList } from "./conversation-list.js";
import { explain } from "./errors.js";
import { EventLog } from "./event-log.js";
import { t } from "./i18n.js";
import { ModelChoice } from "./model-choice.js";
import { Scroller } from "./scroller.js";
import { installShortcuts } from "./shortcuts.js";
import { Sidebar } from "./sidebar.js";
import { Thread } from "./thread.js";
import { showTitle } from "./title.js";
import { announce, toast } from "./toasts.js";
import { installViewport } from "./viewport.js";

const config = JSON.parse(document.getElementById("page-config").textContent);
const RECOVER_SECONDS = 2;
const STALE_SECONDS = 5;

class ChatPage {
  #main = document.getElementById("main");
  #tabs = new BroadcastChannel("chat");
  #id = null; // the open conversation; null for a new one
  #visit = 0; // grows with every change of conversation, so that late answers of the server know they are late
  #turn = null;
  #reading = null;
  #shown = "";
  #hiddenAt = 0;

  constructor() {
    this.sidebar = new Sidebar();
    this.scroller = new Scroller(document.getElementById("scroller"), document.getElementById("jump"));
    this.thread = new Thread(document.getElementById("thread"), { scroller: this.scroller, onRetry: () => this.retry() });
    this.composer = new Composer({ onSend: (text) => this.send(text), onStop: () => this.stop() });
    this.models = new ModelChoice({ adminUrl: config.admin_url, onChange: (key) => this.#changeModel(key) });
    this.list = new ConversationList({ onRemoved: (id, change) => this.#removed(id, change), onRenamed: (id, title) => id === this.#id && this.#name(title) });
    const line = new ConnectionLine({ onRetry: () => this.log.retryNow() });
    this.log = new EventLog({ onState: (state) => line.show(state) });
    this.#listen();
  }

  start() {
    this.list.load();
    // Without the list the server's default model answers; the choice appears with the next page.
    this.models.load().catch(() => {});
    this.open(config.conversation, { push: false });
  }

  /** Goes to conversation `id`, or to a new one. */
  async open(id, { push = true } = {}) {
    this.#leave();
    this.#id = id;
    this.composer.mode = "idle";
    this.composer.draft = id ?? "";
    this.list.current = id;
    this.sidebar.closeDrawer();
    if (push) history.pushState(null, "", id ? `/c/${id}` : "/");
    if (id) await this.#load();
    else this.#fresh();
  }

  async send(text) {
    const visit = this.#visit;
    const first = this.#id === null;
    this.#main.classList.remove("fresh");
    const pending = this.thread.ask(text);
    this.composer.mode = "sending";
    try {
      const created = await api.ask({ message: text, ...(this.#id && { conversation: this.#id }), ...(this.models.chosen && { model: this.models.chosen }) });
      this.list.touch({ id: created.conversation, title: created.title });
      this.#tabs.postMessage({ conversation: created.conversation });
      if (visit !== this.#visit) return;
      pending.confirm();
      if (first) this.#adopt(created);
      this.#follow(created.turn, pending.answer);
    } catch (error) {
      if (visit === this.#visit) this.#sendFailed(error, text, pending);
      else toast(t("send_failed_elsewhere"));
    }
  }

  async retry() {
    const visit = this.#visit;
    const turn = this.thread.last.message.turn?.id ?? this.#turn;
    const answer = this.thread.wait();
    this.composer.mode = "sending";
    this.composer.fail(null);
    try {
      const created = await api.retry(turn);
      this.#tabs.postMessage({ conversation: created.conversation });
      if (visit === this.#visit) await this.#load({ quiet: true });
    } catch (error) {
      if (visit !== this.#visit) return;
      answer.element.remove();
      await this.#load({ quiet: true });
      const { text, action } = explain(error);
      this.composer.fail(text, action ?? { label: t("try_again"), run: () => this.retry() });
    }
  }

  async stop() {
    if (!this.#turn) return;
    this.thread.last?.stopping();
    try {
      await api.stop(this.#turn);
    } catch (error) {
      toast(explain(error).text, { action: { label: t("try_again"), run: () => this.stop() } });
    }
  }

  get isAnswering() {
    return this.composer.mode === "answering";
  }

  async #load({ quiet = false } = {}) {
    const visit = this.#visit;
    this.#main.classList.remove("fresh");
    if (!quiet) this.thread.loading();
    try {
      const conversation = await api.conversation(this.#id);
      if (visit === this.#visit) this.#show(conversation);
    } catch (error) {
      if (visit !== this.#visit || (quiet && error.status === 0)) return;
      this.#loadFailed(error);
    }
  }

  #show(conversation) {
    this.#closeReading();
    this.#name(conversation.title);
    this.models.show(conversation.model);
    this.#shown = fingerprint(conversation);
    this.thread.show(conversation.messages);
    const turn = this.thread.last?.message.turn;
    if (isActive(turn)) this.#follow(turn.id, this.thread.last);
    else this.composer.mode = "idle";
    if (matchMedia("(hover: hover)").matches) this.composer.focus();
  }

  #fresh() {
    this.#name("");
    this.models.show(null);
    this.#main.classList.add("fresh");
    this.thread.welcome();
    if (matchMedia("(hover: hover)").matches) this.composer.focus();
  }

  /** A new conversation got its id. */
  #adopt(created) {
    this.#id = created.conversation;
    history.pushState(null, "", `/c/${created.conversation}`);
    this.#name(created.title);
    this.list.current = this.#id;
    this.composer.follow(this.#id);
  }

  /** Reads the turn's log from its beginning: the answer is built anew, whatever was on the page before. */
  #follow(turn, answer) {
    this.#closeReading();
    this.#turn = turn;
    this.composer.mode = "answering";
    this.#reading = this.log.follow(turn, {
      onEvent: (event) => answer.handle(event),
      onEnd: (reason) => this.#ended(reason, answer),
    });
  }

  async #ended(reason, answer) {
    this.#reading = null;
    if (reason === "done") {
      this.composer.mode = "idle";
      announce(t("answer_announced", { text: answer.text }));
    }
    await this.#settle(answer, reason);
  }

  /** Takes over what the server has kept of the answer: its numbers, its state, the conversation's title. */
  async #settle(answer, reason) {
    const visit = this.#visit;
    try {
      const conversation = await api.conversation(this.#id);
      if (visit !== this.#visit) return;
      this.#name(conversation.title);
      this.list.touch({ id: conversation.id, title: conversation.title });
      const message = conversation.messages.findLast((entry) => entry.turn?.id === this.#turn);
      if (!message) return;
      this.#shown = fingerprint(conversation);
      if (!isActive(message.turn)) {
        answer.settle(message);
        this.composer.mode = "idle";
      } else if (reason !== "done") setTimeout(() => visit === this.#visit && this.#follow(message.turn.id, answer), RECOVER_SECONDS * 1000);
    } catch (error) {
      if (visit !== this.#visit || reason === "done") return; // the answer is on the page, only its numbers are missing
      this.#loadFailed(error);
    }
  }

  #sendFailed(error, text, pending) {
    pending.withdraw();
    this.composer.mode = "idle";
    this.composer.giveBack(text);
    const { text: reason, action } = explain(error);
    this.composer.fail(reason, action);
    if (error.status === 409) this.#load({ quiet: true }); // somebody asked in another tab: show it
    else if (this.thread.isEmpty && !this.#id) this.#fresh();
  }

  #loadFailed(error) {
    this.composer.mode = "idle";
    if (error.status === 404 || error.status === 403) {
      this.#name("");
      this.thread.missing();
    } else this.thread.failed(explain(error).text, () => this.#load());
  }

  async #changeModel(model) {
    if (!this.#id) return;
    try {
      await api.change(this.#id, { model });
    } catch (error) {
      toast(explain(error).text, { action: { label: t("try_again"), run: () => this.#changeModel(model) } });
    }
  }

  #removed(id, { undone }) {
    if (undone) this.open(id);
    else if (id === this.#id) this.open(null);
  }

  #name(title) {
    showTitle(title, { isNew: this.#id === null, product: config.app_name });
  }

  #leave() {
    this.#visit += 1;
    this.#closeReading();
    this.#turn = null;
    this.#shown = "";
  }

  #closeReading() {
    this.#reading?.close();
    this.#reading = null;
  }

  #listen() {
    addEventListener("popstate", () => this.open(/^\/c\/([0-9a-f-]+)/i.exec(location.pathname)?.[1] ?? null, { push: false }));
    document.addEventListener("click", (event) => this.#click(event));
    document.addEventListener("visibilitychange", () => this.#seen());
    this.#tabs.onmessage = ({ data }) => {
      this.list.load();
      if (data.conversation === this.#id) this.#refresh();
    };
    installShortcuts(this);
    installViewport();
  }

  #click(event) {
    if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
    const starter = event.target.closest("[data-starter]");
    if (starter && this.composer.mode === "idle") return this.send(starter.textContent.trim());
    const link = event.target.closest("a[data-conversation], a[data-new-chat]");
    if (!link) return;
    event.preventDefault();
    this.open(link.dataset.conversation ?? null);
  }

  /** What happened on another device while this page was out of sight. */
  #seen() {
    if (document.hidden) this.#hiddenAt = Date.now();
    else if (Date.now() - this.#hiddenAt > STALE_SECONDS * 1000) {
      this.list.load();
      this.#refresh();
    }
  }

  async #refresh() {
    const visit = this.#visit;
    if (!this.#id || this.composer.mode !== "idle") return;
    try {
      const conversation = await api.conversation(this.#id);
      if (visit === this.#visit && this.composer.mode === "idle" && fingerprint(conversation) !== this.#shown) this.#show(conversation);
    } catch {
      // What is on the page stays; the next call that the reader asks for will say what is wrong.
    }
  }
}

/** Tells whether two readings of a conversation show the same. */
function fingerprint({ messages }) {
  return messages.map((message) => `${message.id}:${message.turn?.state ?? ""}`).join();
}

new ChatPage().start();
