/**
 * A ticket's page while it is open: new messages and events come in as the server renders them, colleagues are shown,
 * and nobody answers past what he has not read.
 */

import { t } from "../js/i18n.js";
import { connect } from "./desk-live.js";

const LOOK_AGAIN = 4_000;
const STILL_HERE = 25_000;
const TYPING_PAUSE = 2_500;

const root = document.getElementById("desk");
const list = document.getElementById("desk-messages");
const trail = document.getElementById("desk-trail");
const people = document.getElementById("desk-people");
const status = document.getElementById("live-state");
const form = document.getElementById("answer-form");
const box = document.getElementById("answer-text");
const meanwhile = document.getElementById("desk-meanwhile");
const isPast = "past" in root.dataset;
const storageKey = `desk-answer-${root.dataset.ticket}`;

let last = Number(root.dataset.last);
let seen = Number(root.dataset.seen);
let unread = null;
let looking = null;
let sending = false;

const say = (element, text) => {
  if (element.textContent !== text) element.textContent = text;
};

function fragment(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content;
}

/** One look at a time; a wish that comes meanwhile is one more look. */
function look() {
  if (looking) {
    looking.again = true;
    return;
  }
  looking = { again: false };
  fetchNews()
    .then(() => say(status, ""), () => say(status, t("reconnecting")))
    .finally(() => {
      const { again } = looking;
      looking = null;
      if (again) look();
    });
}

async function fetchNews() {
  const response = await fetch(`${root.dataset.news}?after=${last}`, { credentials: "same-origin", cache: "no-store" });
  if (response.redirected || !response.ok) throw new Error(String(response.status));
  const news = await response.json();
  showPeople(news.people);
  if (news.last === last) return;
  last = news.last;
  for (const { id, html } of news.messages) place(id, html);
  trail.append(fragment(news.trail));
  document.getElementById("desk-head").replaceChildren(fragment(news.head));
  showDraft(news.draft);
  if (news.seen > seen) read(news.seen, news.writers);
}

function place(id, html) {
  const item = fragment(html).firstElementChild;
  const known = document.getElementById(item.id);
  item.classList.add("desk-new");
  if (known) known.replaceWith(item);
  else if (!isPast) list.append(item);
}

/** A draft that somebody is editing stays; the server refuses it when it is out of date. */
function showDraft(html) {
  const place = document.getElementById("desk-draft");
  const edited = place.querySelector("details[open] textarea");
  if (!edited || edited.value === edited.defaultValue) place.replaceChildren(fragment(html));
}

/** What nobody is writing an answer to counts as read; who writes is asked to read it first. */
function read(number, writers) {
  if (writers.length && box?.value.trim()) {
    unread = number;
    say(meanwhile.querySelector("span"), t("meanwhile", { names: [...new Set(writers)].join(", ") }));
    meanwhile.hidden = false;
  } else {
    sawUpTo(number);
  }
}

function sawUpTo(number) {
  seen = number;
  unread = null;
  if (meanwhile) meanwhile.hidden = true;
  for (const field of root.querySelectorAll("[data-seen]")) field.value = String(number);
}

document.getElementById("desk-read")?.addEventListener("click", () => {
  sawUpTo(unread ?? seen);
  box.focus();
});

function showPeople(found) {
  const names = (some) => some.map((person) => person.name).join(", ");
  const typing = found.filter((person) => person.typing);
  const viewing = found.filter((person) => !person.typing);
  const parts = [typing.length ? t("typing", { names: names(typing) }) : "", viewing.length ? t("viewing", { names: names(viewing) }) : ""];
  say(people, parts.filter(Boolean).join(" · "));
}

const live = connect({
  follow: () => ({ ticket: Number(root.dataset.ticket), after: last }),
  onEvent: look,
  onPresence: showPeople,
});

const here = (type) => live.send({ type, ticket: Number(root.dataset.ticket) });

setInterval(() => !document.hidden && here("viewing"), STILL_HERE);
setInterval(() => !document.hidden && !live.isAlive() && look(), LOOK_AGAIN);
document.addEventListener("visibilitychange", () => !document.hidden && look());

// The answer box

function keep() {
  if (box.value.trim()) sessionStorage.setItem(storageKey, box.value);
  else sessionStorage.removeItem(storageKey);
}

if (box) {
  if (!box.value && sessionStorage.getItem(storageKey)) {
    box.value = sessionStorage.getItem(storageKey);
    say(status, t("kept"));
  }
  let told = 0;
  box.addEventListener("input", () => {
    keep();
    if (Date.now() - told < TYPING_PAUSE) return;
    told = Date.now();
    here("typing");
  });
  form.addEventListener("submit", (event) => {
    if (sending) event.preventDefault();
    sending = true;
    sessionStorage.removeItem(storageKey);
    form.querySelector("button[type=submit]").setAttribute("aria-busy", "true");
  });
}

root.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.matches("textarea")) {
    event.preventDefault();
    event.target.form.requestSubmit();
  }
});

// A mail's own look: in a frame that runs nothing and loads no picture until asked.
root.addEventListener("click", (event) => {
  const link = event.target.closest("[data-formatted]");
  if (!link) return;
  event.preventDefault();
  const known = link.closest("li").querySelector(".desk-formatted");
  known?.remove();
  if (known?.src === link.href) return;
  const frame = document.createElement("iframe");
  frame.className = "desk-formatted";
  frame.title = link.textContent;
  frame.setAttribute("sandbox", "allow-popups allow-popups-to-escape-sandbox");
  frame.setAttribute("referrerpolicy", "no-referrer");
  frame.src = link.href;
  link.closest("p").after(frame);
});

// Canned answers are shown before they are put in; the form works without this, too.
const cannedForm = document.getElementById("canned-form");
const preview = document.getElementById("canned-preview");
let canned = null;

async function showCanned() {
  const key = document.getElementById("canned").value;
  canned = null;
  preview.hidden = !key;
  if (!key) return;
  const response = await fetch(cannedForm.dataset.url.replace(/0\/$/, `${key}/`), { credentials: "same-origin" });
  const found = await response.json();
  canned = response.ok ? { ...found, key } : null;
  preview.textContent = found.text ?? found.error;
}

cannedForm?.addEventListener("change", showCanned);
cannedForm?.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (!canned) await showCanned();
  if (!canned) return;
  box.value = box.value.trim() ? `${box.value.trimEnd()}\n\n${canned.text}` : canned.text;
  document.getElementById("canned-used").value = canned.key;
  form.elements.kind.value = canned.kind;
  preview.hidden = true;
  keep();
  box.focus();
});
