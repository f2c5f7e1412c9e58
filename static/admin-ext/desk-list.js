/** The list of tickets while it is open: rows and numbers of the queues are read again when something has happened. */

import { connect } from "./desk-live.js";

const LOOK_AGAIN = 15_000;
const PAUSE = 1_500;
let timer = null;

/** Nothing moves under the hand of somebody who is choosing rows. */
const isBusy = () => document.hidden || document.querySelector("#result_list input.action-select:checked") || document.querySelector("#searchbar:focus");

async function refresh() {
  timer = null;
  if (isBusy()) return;
  const response = await fetch(location.href, { credentials: "same-origin", cache: "no-store" });
  if (response.redirected || !response.ok) return;
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
  for (const selector of ["#desk-queues", "#result_list", ".bo-empty"]) {
    const [old, next] = [document.querySelector(selector), fresh.querySelector(selector)];
    // From rows to none and back the page has another shape.
    if (!old !== !next) return location.reload();
    if (old && old.textContent !== next.textContent) old.replaceWith(document.adoptNode(next));
  }
}

function soon() {
  timer ??= setTimeout(() => refresh().catch(() => {}), PAUSE);
}

const live = connect({ onQueue: soon });
setInterval(() => !live.isAlive() && soon(), LOOK_AGAIN);
