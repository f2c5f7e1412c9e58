/**
 * The widget: <script src="https://SERVER/widget.js" data-widget="KEY" async></script>
 *
 * Optional attribute: data-language="en" or "ru". The page gets one name, `Switchboard`:
 *
 *   open(), close(), toggle()
 *   on(event, listener)     ready, open, close, question, answer, unread ({count}), closed, error; gives a function that ends it
 *   setLanguage("en" | "ru")
 *
 * and, once it can be used, the event `switchboard:ready` on window.
 */

import { complain } from "./dom.js";
import { Server } from "./server.js";
import { Controller } from "./controller.js";
import { Store } from "./store.js";

const MARK = Symbol.for("switchboard.widget");
const script = document.currentScript || document.querySelector("script[data-widget]");

function whenParsed() {
  if (document.readyState !== "loading") return Promise.resolve();
  return new Promise((resolve) => document.addEventListener("DOMContentLoaded", () => resolve(), { once: true }));
}

/** Why the widget cannot run on this page; empty when it can. */
function obstacle(key) {
  if (!key) return "The script tag has no data-widget attribute with the widget's key.";
  if (location.origin === "null" || location.protocol === "file:") {
    return "The widget works on http and https pages. This page was opened from a file or in a sandbox and has no origin.";
  }
  if (!("adoptedStyleSheets" in document) || !Element.prototype.attachShadow) return "This browser is too old for the widget.";
  return "";
}

async function start(key) {
  const server = new Server(new URL(script.src).origin, key);
  const wanted = new Store(key).language || script.dataset.language || "";
  let controller = null;
  const calls = (name) => (...values) => controller && controller[name](...values);
  const listeners = [];
  const on = (name, listener) => (controller ? controller.on(name, listener) : void listeners.push([name, listener]));
  const api = { open: calls("open"), close: calls("close"), toggle: calls("toggle"), setLanguage: calls("setLanguage"), on };
  Object.defineProperty(window, "Switchboard", { value: Object.freeze({ ...api, [MARK]: true }), enumerable: true });
  try {
    const config = await server.config(wanted);
    controller = new Controller(server, { key, config, language: config.language });
  } catch {
    complain(
      `The widget could not be loaded. Either ${location.origin} is not on its list of sites, or the widget is switched off, ` +
        `or ${server.origin} cannot be reached, or the page's Content-Security-Policy lacks ${server.origin} in connect-src.`,
    );
    return;
  }
  for (const [name, listener] of listeners) controller.on(name, listener);
  await whenParsed();
  controller.start();
  dispatchEvent(new CustomEvent("switchboard:ready"));
}

const key = script ? script.dataset.widget || "" : "";
const problem = script ? obstacle(key) : "The script cannot find its own tag.";
if (problem) complain(problem);
else if (!window.Switchboard) start(key);
else if (!window.Switchboard[MARK]) complain("The page already has a global named Switchboard.");
