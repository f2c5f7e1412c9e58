/** Short messages at the bottom, and what a screen reader is told. */

import { h } from "./dom.js";

/** Shows `text`; `action` is {label, run}. Resolves `onGone(acted)` when it leaves; hovering or focusing it waits. */
export function toast(text, { action, seconds = 6, onGone = () => {} } = {}) {
  let timer = 0;
  const leave = (acted) => {
    clearTimeout(timer);
    if (!element.isConnected) return;
    element.remove();
    onGone(acted);
  };
  const start = () => {
    clearTimeout(timer);
    timer = setTimeout(leave, seconds * 1000, false);
  };
  const press = () => {
    action.run();
    leave(true);
  };
  const button = action && h("button", { type: "button", onclick: press }, action.label);
  const hold = () => clearTimeout(timer);
  const element = h("div.toast", { onmouseenter: hold, onmouseleave: start, onfocusin: hold, onfocusout: start }, h("span", {}, text), button);
  document.getElementById("toasts").append(element);
  start();
  return { dismiss: () => leave(false) };
}

/** Tells a screen reader `text` when it next pauses. */
export function announce(text) {
  const region = document.getElementById("announcer");
  region.textContent = "";
  requestAnimationFrame(() => (region.textContent = text));
}
