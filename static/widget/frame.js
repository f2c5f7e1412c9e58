/** The frame with the panel, and the line to it. The frame is loaded when the panel is first wanted. */

import { complain, element } from "./dom.js";

const PATIENCE = 20_000; // milliseconds until a frame that says nothing counts as failed

export class PanelFrame {
  #box;
  #server;
  #handlers;
  #frame = null;
  #port = null;
  #timer = 0;

  /** `handlers`: {connected() gives what the panel is told, message(data), failed()}. */
  constructor(box, server, handlers) {
    this.#box = box;
    this.#server = server;
    this.#handlers = handlers;
    addEventListener("message", (event) => this.#greet(event));
    document.addEventListener("securitypolicyviolation", (event) => this.#forbidden(event));
  }

  get isLoaded() {
    return this.#frame !== null;
  }

  load(url, title) {
    if (this.#frame) this.#frame.remove();
    this.#port = null;
    this.#box.className = "panel";
    this.#frame = element("iframe", { class: "frame", title, src: url, allow: "clipboard-write", referrerpolicy: "origin" });
    this.#box.appendChild(this.#frame);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#fail("The panel did not load within 20 seconds."), PATIENCE);
  }

  focus() {
    if (this.#frame) this.#frame.focus();
  }

  send(type, data) {
    if (this.#port) this.#port.postMessage({ ...data, type });
  }

  /** The panel is there (again, after a reload): it gets a line of its own. */
  #greet(event) {
    const mine = this.#frame && event.source === this.#frame.contentWindow && event.origin === this.#server.origin;
    if (!mine || !event.data || event.data.switchboard !== "ready") return;
    clearTimeout(this.#timer);
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    port1.onmessage = ({ data }) => this.#handlers.message(data);
    const greeting = { ...this.#handlers.connected(), switchboard: "connect" };
    this.#frame.contentWindow.postMessage(greeting, this.#server.origin, [port2]);
    this.#box.className = "panel ready";
  }

  #forbidden(event) {
    const about = event.effectiveDirective === "frame-src" || event.effectiveDirective === "child-src";
    if (!this.#frame || !about || event.blockedURI.indexOf(this.#server.origin) !== 0) return;
    this.#fail(`The page's Content-Security-Policy forbids the panel. Add ${this.#server.origin} to frame-src.`);
  }

  #fail(reason) {
    clearTimeout(this.#timer);
    complain(reason);
    if (this.#frame) this.#frame.remove();
    this.#frame = null;
    this.#box.className = "panel failed";
    this.#handlers.failed();
  }
}
