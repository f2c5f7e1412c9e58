/** A mini-page in an answer: in a frame that can do nothing to this page, with its link and its rating. */

import { api } from "./api.js";
import { h } from "./dom.js";
import { t, tn } from "./i18n.js";

const STARS = [1, 2, 3, 4, 5];

export class ArtifactCard {
  #artifact;
  #labels = [];
  #said = h("span", { role: "status" });
  #rating;

  /** `artifact` as the API gives it, whole or as a card. */
  constructor(artifact) {
    this.#artifact = artifact;
    this.#rating = artifact.metadata?.rating ?? 0;
    const title = t("page_frame", { title: artifact.title });
    // Without allow-same-origin: the page has an origin of its own, whatever the server's headers say.
    const frame = h("iframe", { sandbox: "allow-scripts", src: artifact.url, title, loading: "lazy", referrerpolicy: "no-referrer" });
    const open = h("a", { href: artifact.url, target: "_blank", rel: "noopener noreferrer" }, t("page_open"));
    const origin = artifact.model ? artifact.template_used : `${artifact.template_used} · ${t("page_ready_made")}`;
    this.element = h("section.page-card", { "aria-label": title }, frame, h("div.page-card-foot", {}, h("span", {}, origin), open, this.#stars()));
    this.#light();
  }

  #stars() {
    const name = `rating-${this.#artifact.id}`;
    this.#labels = STARS.map((star) => {
      const input = h("input", { type: "radio", name, value: star, "aria-label": tn("page_stars", star), checked: star === this.#rating });
      input.addEventListener("change", () => this.#rate(star));
      return h("label", {}, input, h("span", { "aria-hidden": "true" }, "★"));
    });
    return h("fieldset.page-stars", {}, h("legend.visually-hidden", {}, t("page_rate")), ...this.#labels, this.#said);
  }

  async #rate(star) {
    const before = this.#rating;
    this.#rating = star;
    this.#light();
    try {
      await api.rate(this.#artifact.id, star);
      this.#said.textContent = t("page_rated");
    } catch {
      this.#rating = before;
      this.#light();
      this.#said.textContent = t("page_not_rated");
    }
  }

  #light() {
    this.#labels.forEach((label, index) => {
      label.classList.toggle("lit", index < this.#rating);
      label.querySelector("input").checked = index + 1 === this.#rating;
    });
  }
}
