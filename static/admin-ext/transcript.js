/**
 * The transcript in the back office: follows answers while they are written, and finds what is said meanwhile.
 *
 * The server renders every message. While an answer streams its text grows here; when it has ended the server's
 * rendering, with tokens, cost and state, takes its place.
 */

import { EventLog } from "../js/event-log.js";
import { t } from "../js/i18n.js";
import { StreamText } from "../js/stream-text.js";

const LOOK_AGAIN = 5_000;

const root = document.getElementById("transcript");
const list = document.getElementById("messages");
const status = document.getElementById("live-state");
// Icons of code blocks are drawn from the product's sprite; the skin's pages do not name it.
document.documentElement.dataset.icons = root.dataset.icons;

const log = new EventLog({
  onState: (state) => say(state === "reconnecting" || state === "offline" ? t("reconnecting") : ""),
});
const following = new Set();

function say(text) {
  if (status.textContent !== text) status.textContent = text;
}

const positionOf = (item) => Number(item.dataset.position);
const lastPosition = () => Math.max(0, ...[...list.children].map(positionOf));

/** Fetches the messages after `position` and puts them in; true when the server could be asked. */
async function refresh(position) {
  const response = await fetch(`${root.dataset.messages}?after=${position}`, { credentials: "same-origin", cache: "no-store" });
  if (response.redirected || (!response.ok && response.status !== 204)) return false;
  if (response.status === 204) return true;
  const fresh = new DOMParser().parseFromString(`<ol>${await response.text()}</ol>`, "text/html");
  for (const item of [...fresh.querySelectorAll("li.bo-message")]) place(document.adoptNode(item));
  return true;
}

function place(item) {
  const known = document.getElementById(item.id);
  if (known && following.has(item.dataset.live)) return;
  if (known) known.replaceWith(item);
  else list.append(item);
  if (item.dataset.live) follow(item);
}

/** Shows what is being written; where the reader is stays where it is. */
function follow(item) {
  const turn = item.dataset.live;
  if (following.has(turn)) return;
  following.add(turn);
  const body = item.querySelector(".bo-text");
  body.replaceChildren();
  const text = new StreamText(body);
  const stage = Object.assign(document.createElement("p"), { className: "bo-stage", textContent: t("writing") });
  body.after(stage);
  item.setAttribute("aria-busy", "true");
  log.follow(turn, {
    onEvent(event) {
      if (event.type === "delta") text.append(event.content);
      else if (event.type === "snapshot") text.replace(event.content);
      else if (event.type === "stage") stage.textContent = event.content || event.stage;
    },
    async onEnd() {
      text.finish();
      stage.remove();
      item.removeAttribute("aria-busy");
      following.delete(turn);
      await refresh(positionOf(item) - 1).catch(() => say(t("reload")));
    },
  });
}

async function lookAgain() {
  if (!document.hidden && !following.size) {
    const asked = await refresh(lastPosition()).catch(() => false);
    say(asked ? "" : t("reconnecting"));
  }
  setTimeout(lookAgain, LOOK_AGAIN);
}

for (const item of list.querySelectorAll("[data-live]")) follow(item);
// An older stretch of the conversation does not grow.
if (!("past" in root.dataset)) setTimeout(lookAgain, LOOK_AGAIN);
