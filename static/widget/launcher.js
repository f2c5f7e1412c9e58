/** The button in the corner and the box of the panel, in a closed shadow root that outlives changes of the page. */

import { drawing, element } from "./dom.js";
import { sheetsFor } from "./styles.js";

const SHEET = "(max-width: 480px), (max-height: 420px)";
const MOST_RETURNS = 50;

export class Launcher {
  #host = element("div", { "data-switchboard": "" });
  #root = element("div", {});
  #shadow;
  #button = element("button", { class: "button", type: "button", "aria-expanded": "false" });
  #badge = element("span", { class: "badge", "aria-hidden": "true" });
  #news = element("span", { class: "quiet", role: "status" });
  #title = element("div", { class: "head" });
  #failure = element("p", { role: "alert" });
  #retry = element("button", { class: "retry", type: "button" });
  #sheet = matchMedia(SHEET);
  #overflow = "";
  #texts = {};
  #open = false;
  box = element("div", { class: "panel" });

  /** `onToggle()` for the button, `onIntent()` when the pointer or the focus comes near it, `onEscape()`, `onRetry()`. */
  constructor({ onToggle, onIntent, onEscape, onRetry }) {
    this.#shadow = this.#host.attachShadow({ mode: "closed" });
    const bones = element("div", { class: "bones" }, element("div", { class: "bone" }), element("div", { class: "bone" }));
    const failure = element("div", { class: "failure" }, this.#failure, this.#retry);
    this.box.appendChild(element("div", { class: "waiting" }, this.#title, bones, failure));
    this.#root.appendChild(this.#button);
    this.#root.appendChild(this.box);
    this.#root.appendChild(this.#news);
    this.#shadow.appendChild(this.#root);
    this.#retry.addEventListener("click", onRetry);
    this.#button.addEventListener("click", onToggle);
    this.#button.addEventListener("pointerenter", onIntent);
    this.#button.addEventListener("focus", onIntent);
    this.#root.addEventListener("keydown", (event) => event.key === "Escape" && onEscape());
    this.#keepAbove();
  }

  /** Puts the widget's looks on; may be called again with others. */
  dress(config) {
    this.#texts = config.texts;
    this.#shadow.adoptedStyleSheets = sheetsFor(config);
    this.#root.lang = config.language;
    this.#root.dataset.position = config.position;
    this.#button.replaceChildren(drawing(config.icon, "icon bubble"), drawing(config.close_icon, "icon cross"), this.#badge);
    this.#title.textContent = config.title;
    this.#failure.textContent = config.texts.blocked;
    this.#retry.textContent = config.texts.retry;
    this.#show();
  }

  attach() {
    const page = document.documentElement;
    let returns = 0;
    page.appendChild(this.#host);
    // Frameworks that swap the whole page take the button with it.
    new MutationObserver(() => {
      if (this.#host.parentNode !== page && (returns += 1) <= MOST_RETURNS) page.appendChild(this.#host);
    }).observe(page, { childList: true });
  }

  get isOpen() {
    return this.#open;
  }

  get hasFocus() {
    return document.activeElement === this.#host;
  }

  set isOpen(open) {
    this.#open = open;
    this.#show();
    this.#holdPage(open && this.#sheet.matches);
    this.#fit();
  }

  focusButton() {
    this.#button.focus();
  }

  /** `count` unread answers; said aloud when they come. */
  badge(count, language) {
    const shown = count > 99 ? "99+" : String(count || "");
    if (shown === this.#badge.textContent) return;
    const forms = this.#texts.unread || {};
    const form = forms[new Intl.PluralRules(language).select(count)] || forms.other || "";
    const words = count ? form.replace("{n}", count) : "";
    this.#badge.textContent = shown;
    this.#news.textContent = words;
    this.#name(words);
  }

  #show() {
    this.#root.className = `${this.#root.dataset.position || "right"}${this.#open ? " open" : ""}`;
    this.#button.setAttribute("aria-expanded", String(this.#open));
    this.#name(this.#news.textContent);
  }

  #name(news) {
    const label = this.#open ? this.#texts.close : this.#texts.open;
    this.#button.setAttribute("aria-label", news && !this.#open ? `${label}. ${news}` : label);
    this.#button.title = label || "";
  }

  /** Where the panel covers the screen, the page behind it does not scroll. */
  #holdPage(hold) {
    const { style } = document.documentElement;
    if (hold) {
      this.#overflow = style.getPropertyValue("overflow");
      style.setProperty("overflow", "hidden");
    } else if (style.getPropertyValue("overflow") === "hidden") style.setProperty("overflow", this.#overflow);
  }

  /** On a phone the panel fills what the on-screen keyboard leaves. */
  #keepAbove() {
    const fit = () => this.#fit();
    if (window.visualViewport) {
      visualViewport.addEventListener("resize", fit);
      visualViewport.addEventListener("scroll", fit);
    }
    this.#sheet.addEventListener("change", fit);
  }

  #fit() {
    const { style } = this.box;
    const viewport = window.visualViewport;
    const covers = this.#open && this.#sheet.matches && viewport && viewport.scale === 1;
    style.setProperty("height", covers ? `${viewport.height}px` : "");
    style.setProperty("top", covers ? `${viewport.offsetTop}px` : "");
    style.setProperty("bottom", covers ? "auto" : "");
  }
}
