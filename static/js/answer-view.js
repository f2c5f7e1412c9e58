/** One answer in the thread: fed with the events of its turn while it is written, or shown whole. */

import { ArtifactCard } from "./artifact-card.js";
import { metaLine, outcomeNote, sourceList } from "./answer-meta.js";
import { AnswerRating } from "./answer-rating.js";
import { copyText, h, iconButton, showCopied } from "./dom.js";
import { formatDuration, formatNumber, has, t } from "./i18n.js";
import { StreamText } from "./stream-text.js";

const ACTIVE = new Set(["pending", "running"]);

export const isActive = (turn) => Boolean(turn) && ACTIVE.has(turn.state);

export class AnswerView {
  #body = h("div.prose.compact", { dir: "auto" });
  #page = h("div");
  #extra = h("div");
  #foot = h("div");
  #stream;
  #stages = null;
  #onRetry;
  #metadata = {};
  #error = null;

  /** `message` as the API gives it; `onGrow` is called whenever the view's height may have changed. */
  constructor(message, { onGrow = () => {}, onRetry = null } = {}) {
    this.message = message;
    this.#onRetry = onRetry;
    this.#stream = new StreamText(this.#body, onGrow);
    this.element = h("article.message.assistant", {}, h("h2.visually-hidden", {}, t("answer")), this.#body, this.#page, this.#extra, this.#foot);
    if (isActive(message.turn) || !message.turn) this.wait();
    else this.settle(message);
  }

  get text() {
    return this.#stream.text;
  }

  /** Shows the line of stages; the answer is being written. */
  wait() {
    this.#stages = new StageLine();
    this.#foot.replaceChildren(this.#stages.element);
  }

  /** Takes one event of the turn's log. */
  handle(event) {
    if (event.type === "delta") this.#stream.append(event.content);
    else if (event.type === "snapshot") this.#stream.replace(event.content);
    else if (event.type === "content" || event.type === "artifact") this.#whole(event);
    else if (event.stage === "queued") this.#stages?.say(t("queued", { place: formatNumber(event.metadata.place) }));
    else if (event.type === "stage") this.#stages?.show(event.stage, event.content);
    else if (event.type === "error") this.#error = { code: event.metadata?.code ?? "", text: event.content };
    else if (event.type === "done") this.#done(event.metadata ?? {});
  }

  stopping() {
    this.#stages?.say(t("stopping"));
  }

  /** Shows the answer as the server keeps it. */
  settle(message) {
    this.message = message;
    if (message.content !== this.text || !this.#body.hasChildNodes()) this.#stream.finish(message.content);
    this.#showPage(message.artifact);
    this.#finish(message.turn ?? { state: "done" }, message.sources ?? []);
  }

  /** Retry is offered at the newest answer alone. */
  retire() {
    this.#onRetry = null;
    this.element.querySelectorAll("[data-retry], .outcome .button").forEach((button) => button.remove());
  }

  #whole(event) {
    this.#metadata = event.metadata ?? {};
    this.#stream.finish(event.content);
    this.#showPage(this.#metadata.artifact);
  }

  #showPage(artifact) {
    if (!artifact || this.#page.dataset.id === artifact.id) return;
    this.#page.dataset.id = artifact.id;
    this.#page.replaceChildren(new ArtifactCard(artifact).element);
  }

  #done(metadata) {
    this.#stream.finish();
    const state = metadata.state ?? (metadata.failed ? "failed" : "done");
    const error = this.#error ?? { code: "", text: "" };
    this.#finish({ ...this.#metadata, state, error_code: error.code, error_text: error.text }, this.#metadata.sources ?? []);
  }

  #finish(turn, sources) {
    this.#stages = null;
    const onRetry = this.#onRetry && (() => this.#onRetry(this));
    const note = outcomeNote(turn, { hasText: Boolean(this.text.trim()), onRetry });
    this.#extra.replaceChildren(...[note, sources.length && sourceList(sources)].filter(Boolean));
    const copy = this.text && iconButton("copy", t("copy_answer"), async () => (await copyText(this.text)) && showCopied(copy, t("copied")));
    const retry = onRetry && !note && iconButton("rotate-cw", t("retry"), onRetry, { "data-retry": true });
    // A mini-page has stars of its own; a turn without a rating cannot be rated, or not here.
    const rating = Number.isInteger(turn.rating) && !this.#page.dataset.id ? new AnswerRating(turn) : null;
    const foot = h("div.answer-foot", {}, copy, retry, rating?.buttons, metaLine(this.#page.dataset.id ? { ...turn, degraded: null } : turn, this.message.created_at));
    this.#foot.replaceChildren(...[foot, rating?.element].filter(Boolean));
  }
}

/** One quiet line that changes; opened, it lists the steps with their times. */
class StageLine {
  #line = h("span", {}, t("waiting"));
  #steps = h("ol", {});
  #begun = performance.now();

  constructor() {
    this.element = h("details.stages", {}, h("summary", {}, h("span.pulse", { "aria-hidden": "true" }), this.#line), this.#steps);
  }

  show(stage, text) {
    const known = `stage_${stage}`;
    const words = has(known) ? t(known) : text || stage;
    this.say(words);
    const elapsed = formatDuration(performance.now() - this.#begun);
    this.#steps.append(h("li", {}, t("step", { what: has(known) && text ? text : words, time: elapsed })));
  }

  say(text) {
    this.#line.textContent = text;
  }
}
