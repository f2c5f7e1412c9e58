/** Joins button, frame, server and memory. */

import { Unread } from "./badge.js";
import { PanelFrame } from "./frame.js";
import { Launcher } from "./launcher.js";
import { Store } from "./store.js";

export class Controller {
  #server;
  #store;
  #unread;
  #launcher;
  #frame;
  #config;
  #language;
  #listeners = new Map();
  #session = null;
  #takesFocus = false; // whether the panel, when it is there, takes the focus from the page

  constructor(server, { key, config, language }) {
    this.#server = server;
    this.#config = config;
    this.#language = language;
    this.#store = new Store(key);
    this.#unread = new Unread(this.#store);
    this.#launcher = new Launcher({
      onToggle: () => this.toggle(),
      onIntent: () => this.#prepare(),
      onEscape: () => this.close(),
      onRetry: () => this.#load(),
    });
    this.#frame = new PanelFrame(this.#launcher.box, server, {
      connected: () => ({ known: Boolean(this.#store.resume), focus: this.#launcher.isOpen && this.#takesFocus }),
      message: (data) => this.#hear(data),
      failed: () => this.#emit("error", {}),
    });
  }

  async start() {
    this.#launcher.dress(this.#config);
    this.#launcher.attach();
    this.#emit("ready", {});
    if (this.#store.isOpen) this.open({ quiet: true });
    if (!this.#store.resume) return;
    const { session } = await this.#refresh();
    const conversation = session && session.conversation;
    if (!conversation) return;
    this.#count(this.#unread.update(conversation.id, conversation.answers, this.#launcher.isOpen));
    // An answer is being written: the panel follows it unseen and says when it is there.
    if (conversation.active_turn) this.#prepare();
  }

  /** `quiet`: the page has changed under an open panel, which does not take the focus from the new one. */
  open({ quiet = false } = {}) {
    if (this.#launcher.isOpen) return;
    this.#prepare();
    this.#launcher.isOpen = true;
    this.#store.isOpen = true;
    this.#unread.read();
    this.#count(0);
    this.#takesFocus = !quiet;
    if (!quiet) {
      this.#frame.focus();
      this.#frame.send("shown", {});
      this.#emit("open", {});
    }
  }

  close() {
    if (!this.#launcher.isOpen) return;
    const focused = this.#launcher.hasFocus;
    this.#launcher.isOpen = false;
    this.#store.isOpen = false;
    if (focused) this.#launcher.focusButton();
    this.#emit("close", {});
  }

  toggle() {
    if (this.#launcher.isOpen) this.close();
    else this.open();
  }

  /** Calls `listener(detail)` at each event; gives a function that ends that. */
  on(name, listener) {
    const known = this.#listeners.get(name) || new Set();
    this.#listeners.set(name, known.add(listener));
    return () => known.delete(listener);
  }

  async setLanguage(language) {
    this.#config = await this.#server.config(language);
    this.#language = this.#config.language;
    this.#store.language = language;
    this.#launcher.dress(this.#config);
    this.#count(this.#unread.count);
    if (this.#frame.isLoaded) this.#load();
  }

  #prepare() {
    if (!this.#frame.isLoaded) this.#load();
  }

  #load() {
    this.#frame.load(this.#server.panel(this.#config.panel, this.#language), this.#config.title);
  }

  /** A fresh token; two that ask at once get the same answer. */
  #refresh() {
    this.#session ||= this.#server.session(this.#store.resume, this.#language).then((answer) => {
      this.#session = null;
      if (answer.session) this.#store.resume = answer.session.resume;
      return answer;
    });
    return this.#session;
  }

  #hear(data) {
    if (data.type === "close") this.close();
    else if (data.type === "answers") this.#count(this.#unread.update(data.conversation, data.count, this.#launcher.isOpen));
    else if (data.type === "event") this.#emit(data.name, {});
    else if (data.type === "request") this.#answer(data);
  }

  async #answer({ what, id }) {
    const answer = what === "token" ? token(await this.#refresh()) : location.href;
    this.#frame.send("answer", { id, answer });
  }

  #count(number) {
    this.#launcher.badge(number, this.#language);
    this.#emit("unread", { count: number });
  }

  #emit(name, detail) {
    for (const listener of this.#listeners.get(name) || []) {
      try {
        listener(detail);
      } catch (error) {
        console.error(error); // the page's own mistake must not stop the chat
      }
    }
  }
}

function token({ status, retryAfter, session }) {
  if (!session) return { status, retryAfter };
  return { status, token: session.access_token, expiresAt: session.expires_at };
}
