/** The quiet line under an answer, its sources, and what is said when it did not end well. */

import { h, icon } from "./dom.js";
import { formatDuration, formatExact, formatMoney, formatNumber, formatRelative, t, tn } from "./i18n.js";

/** `turn` as the API gives it; parts that are unknown are left out. */
export function metaLine(turn, createdAt) {
  const parts = [];
  if (turn.degraded === "fallback") parts.push(h("span", { title: t("fallback_answer_why") }, t("fallback_answer")));
  else if (turn.degraded === "passages" || (turn.degraded && turn.model === "local-answers")) parts.push(h("span", { title: t("degraded_answer_why") }, t("degraded_answer")));
  const model = turn.model_title || turn.model;
  if (model) parts.push(h("span", { dir: "auto" }, model));
  const tokens = (turn.input_tokens ?? 0) + (turn.output_tokens ?? 0);
  if (tokens) {
    const title = t("tokens_detail", { input: formatNumber(turn.input_tokens ?? 0), output: formatNumber(turn.output_tokens ?? 0) });
    const count = turn.usage_estimated ? t("about", { what: tn("tokens", tokens) }) : tn("tokens", tokens);
    parts.push(h("span", { title: turn.usage_estimated ? `${title} ${t("tokens_estimated")}` : title }, count));
  }
  if (tokens && turn.cost !== undefined && turn.cost !== null) parts.push(h("span", { title: t("cost") }, formatMoney(Number(turn.cost))));
  if (Number.isFinite(turn.first_token_ms)) {
    parts.push(h("span", { title: t("first_token_detail") }, t("first_token", { time: formatDuration(turn.first_token_ms) })));
  }
  if (createdAt) {
    const date = new Date(createdAt);
    parts.push(h("time", { datetime: createdAt, title: formatExact(date) }, formatRelative(date)));
  }
  return h("span.meta", {}, ...parts);
}

function isWebLink(url) {
  return typeof url === "string" && /^(?:https?:\/\/|\/(?!\/))/i.test(url);
}

export function sourceList(sources) {
  const seen = new Set();
  const unique = sources.filter(({ title, heading, url }) => {
    const key = `${url}|${title}|${heading}`;
    return !seen.has(key) && seen.add(key);
  });
  const items = unique.map(({ title, heading, url }) => {
    const text = heading && heading !== title ? `${title} › ${heading}` : title;
    const safe = isWebLink(url);
    return h("li", { dir: "auto" }, safe ? h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, text) : h("span", {}, text));
  });
  return h("section.sources", {}, h("h3", {}, t("sources")), h("ul", { role: "list" }, ...items));
}

/** What happened, what to do, and the button that does it; null when the answer is complete. */
export function outcomeNote(turn, { hasText, onRetry }) {
  if (turn.state === "stopped") return note("", t(hasText ? "stopped" : "stopped_empty"), "", onRetry);
  if (turn.state !== "failed") return null;
  return note("danger", t(hasText ? "interrupted" : "failed"), turn.error_text || t("error_advice"), onRetry);
}

function note(kind, title, text, onRetry) {
  const button = onRetry && h("button.button", { type: "button", onclick: onRetry }, icon("rotate-cw"), t("retry"));
  const body = h("div", {}, h("p", {}, h("strong", {}, title)), text && h("p", {}, text), button);
  return h(`div.note.outcome${kind ? `.${kind}` : ""}`, {}, icon("triangle-alert"), body);
}
