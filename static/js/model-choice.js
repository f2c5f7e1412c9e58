/** Which model answers, and what is said when there is none. */

import { api } from "./api.js";
import { h, icon } from "./dom.js";
import { t } from "./i18n.js";

export class ModelChoice {
  #box = document.getElementById("model-choice");
  #select = document.getElementById("model");
  #notice = document.getElementById("notice");
  #adminUrl;
  #models = [];
  #chosen = null;

  /** `onChange(key)` is called when the reader picks a model. */
  constructor({ adminUrl, onChange }) {
    this.#adminUrl = adminUrl;
    this.#select.addEventListener("change", () => {
      this.#chosen = this.#select.value;
      onChange(this.#chosen);
    });
  }

  /** The key to send with a question: null leaves the choice to the server. */
  get chosen() {
    return this.#chosen;
  }

  async load() {
    const { models, degraded, notice } = await api.models();
    this.#models = models;
    this.#fill();
    this.#say(degraded, notice);
  }

  /** Shows `key`, the model of the open conversation; null is the default one. */
  show(key) {
    this.#chosen = key ?? null;
    this.#fill();
  }

  #fill() {
    const groups = Map.groupBy ? Map.groupBy(this.#models, (model) => model.provider) : grouped(this.#models);
    const option = (model) => h("option", { value: model.key }, model.title || model.key);
    const single = groups.size === 1;
    const entries = [...groups].flatMap(([provider, models]) =>
      single ? models.map(option) : h("optgroup", { label: provider }, ...models.map(option)),
    );
    const standard = this.#models.find((model) => model.is_default) ?? this.#models[0];
    const key = this.#chosen ?? standard?.key;
    const gone = key && !this.#models.some((model) => model.key === key);
    if (gone) entries.unshift(h("option", { value: key, disabled: true }, t("model_gone", { model: key })));
    this.#select.replaceChildren(...entries);
    if (key) this.#select.value = key;
    this.#box.hidden = !this.#models.length;
  }

  #say(degraded, notice) {
    if (!degraded) return this.#notice.replaceChildren();
    const text = notice || t(`notice_${degraded}`);
    const link = degraded === "no_model" && h("a", { href: this.#adminUrl }, t("connect_model"));
    this.#notice.replaceChildren(h("div.note.warning", { role: "note" }, icon("triangle-alert"), h("p", {}, text, " ", link)));
  }
}

function grouped(models) {
  const groups = new Map();
  for (const model of models) groups.set(model.provider, [...(groups.get(model.provider) ?? []), model]);
  return groups;
}
