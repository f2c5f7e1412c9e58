/** The list of conversations: search, more, rename, delete with Undo. */

import { api } from "./api.js";
import { h, icon, iconButton } from "./dom.js";
import { dayGroup, formatExact, t } from "./i18n.js";
import { openMenu } from "./menu.js";
import { toast } from "./toasts.js";

const PAGE = 40;
const UNDO_SECONDS = 8;

export class ConversationList {
  #root = document.getElementById("conversations");
  #search = document.getElementById("search");
  #items = [];
  #total = 0;
  #current = null;
  #deleting = new Map();
  #request = null;
  #onRemoved;
  #onRenamed;

  constructor({ onRemoved, onRenamed }) {
    this.#onRemoved = onRemoved;
    this.#onRenamed = onRenamed;
    let timer = 0;
    this.#search.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(() => this.load(), 180);
    });
    // Whoever leaves within the seconds of Undo has decided.
    addEventListener("pagehide", () => this.#deleting.forEach(({ commit }) => commit()));
  }

  set current(id) {
    this.#current = id;
    for (const entry of this.#root.querySelectorAll(".conversation")) {
      const isCurrent = entry.dataset.id === id;
      entry.classList.toggle("current", isCurrent);
      const link = entry.querySelector("a");
      if (isCurrent) link?.setAttribute("aria-current", "page");
      else link?.removeAttribute("aria-current");
    }
  }

  async load() {
    await this.#fetch(0);
  }

  /** Shows `conversation` at the top, as its newest activity asks for. */
  touch(conversation) {
    const known = this.#items.find((item) => item.id === conversation.id);
    const fresh = { last_activity: new Date().toISOString(), ...known, ...conversation };
    if (!known) this.#total += 1;
    this.#items = [fresh, ...this.#items.filter((item) => item.id !== conversation.id)];
    this.#draw();
  }

  async #fetch(skip) {
    this.#request?.abort();
    const controller = (this.#request = new AbortController());
    try {
      const page = await api.conversations({ skip, limit: PAGE, query: this.#search.value.trim() }, controller.signal);
      this.#items = skip ? [...this.#items, ...page.conversations] : page.conversations;
      this.#total = page.total;
      this.#draw();
    } catch (error) {
      if (error.name !== "AbortError") this.#fail(() => this.#fetch(skip));
    }
  }

  #fail(again) {
    const button = h("button.button", { type: "button", onclick: again }, icon("rotate-cw"), t("try_again"));
    this.#root.replaceChildren(h("div.state", { role: "alert" }, h("p", {}, t("list_failed")), button));
    this.#root.setAttribute("aria-busy", "false");
  }

  #draw() {
    const shown = this.#items.filter((item) => !this.#deleting.has(item.id));
    const content = new DocumentFragment();
    let group = "";
    let list = null;
    for (const item of shown) {
      const heading = dayGroup(new Date(item.last_activity));
      if (heading !== group) {
        group = heading;
        list = h("ul", { role: "list" });
        content.append(h("h2", {}, heading), list);
      }
      list.append(this.#entry(item));
    }
    if (!shown.length) content.append(h("p.state", {}, t(this.#search.value.trim() ? "nothing_found" : "no_conversations")));
    if (this.#items.length < this.#total) {
      content.append(h("button.button.more", { type: "button", onclick: () => this.#fetch(this.#items.length) }, t("load_more")));
    }
    const focused = this.#root.contains(document.activeElement) && document.activeElement.closest("[data-id]")?.dataset.id;
    this.#root.replaceChildren(content);
    this.#root.setAttribute("aria-busy", "false");
    this.current = this.#current;
    if (focused) this.#root.querySelector(`[data-id="${CSS.escape(focused)}"] a`)?.focus();
  }

  #entry(item) {
    const title = item.title || t("untitled");
    const tip = `${title}\n${formatExact(new Date(item.last_activity))}`;
    const link = h("a", { href: `/c/${item.id}`, title: tip, dir: "auto", "data-conversation": item.id }, title);
    const menu = iconButton("ellipsis", t("options_for", { title }), () => {
      openMenu(menu, [
        { label: t("rename"), icon: "pencil", run: () => this.#rename(item, link) },
        { label: t("delete"), icon: "trash-2", danger: true, run: () => this.#remove(item) },
      ]);
    }, { "aria-haspopup": "menu", "aria-expanded": "false" });
    return h("li.conversation", { "data-id": item.id }, link, menu);
  }

  #rename(item, link) {
    const input = h("input", { type: "text", maxlength: "200", "aria-label": t("new_title"), dir: "auto" });
    input.value = item.title;
    let left = false;
    const leave = (save) => {
      if (left) return;
      left = true;
      const title = input.value.trim();
      input.replaceWith(link);
      link.focus();
      if (save && title && title !== item.title) this.#saveTitle(item, title);
    };
    input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== "Escape") return;
      event.preventDefault();
      event.stopPropagation();
      leave(event.key === "Enter");
    });
    input.addEventListener("blur", () => leave(true));
    link.replaceWith(input);
    input.select();
  }

  async #saveTitle(item, title) {
    const before = item.title;
    const show = (text) => {
      item.title = text;
      this.#draw();
      this.#onRenamed(item.id, text);
    };
    show(title);
    try {
      await api.change(item.id, { title });
    } catch {
      show(before);
      toast(t("rename_failed"), { action: { label: t("retry"), run: () => this.#saveTitle(item, title) } });
    }
  }

  #remove(item) {
    let committed = false;
    const commit = async () => {
      if (committed) return;
      committed = true;
      const gone = await deleted(item.id);
      this.#deleting.delete(item.id);
      if (gone) {
        this.#items = this.#items.filter((other) => other.id !== item.id);
        this.#total -= 1;
        return;
      }
      this.#draw();
      toast(t("delete_failed"), { action: { label: t("retry"), run: () => this.#remove(item) } });
    };
    const undo = () => {
      this.#deleting.delete(item.id);
      this.#draw();
      this.#onRemoved(item.id, { undone: true });
    };
    this.#deleting.set(item.id, { commit });
    this.#draw();
    this.#onRemoved(item.id, { undone: false });
    toast(t("deleted"), { seconds: UNDO_SECONDS, action: { label: t("undo"), run: undo }, onGone: (undone) => undone || commit() });
  }
}

/** Resolves to whether the conversation is gone; one that somebody else has deleted is. */
async function deleted(id) {
  try {
    await api.remove(id);
    return true;
  } catch (error) {
    return error.status === 404;
  }
}
