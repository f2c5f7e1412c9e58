/**
 * The line between the panel in its frame and the script on the host page.
 *
 * The panel says "ready"; the script answers once with a MessagePort, and from then on both speak over that alone.
 * Only the frame's parent is listened to, and browsers show the frame on the widget's own sites only.
 */

const PATIENCE = 15_000; // milliseconds for an answer of the host script

export class HostLink {
  #port = null;
  #connected;
  #handlers = new Map();
  #waiting = new Map();
  #asked = 0;

  constructor() {
    this.#connected = new Promise((resolve) => {
      const take = (event) => {
        if (event.source !== parent || event.data?.switchboard !== "connect" || !event.ports[0]) return;
        removeEventListener("message", take);
        this.#port = event.ports[0];
        this.#port.onmessage = ({ data }) => this.#receive(data);
        resolve(event.data);
      };
      addEventListener("message", take);
    });
  }

  /** Whether there is a page around this one. */
  get isFramed() {
    return parent !== window;
  }

  /** Says that the panel listens; resolves to what the script knows: {known, focus}. */
  connect() {
    // Whoever frames the panel may hear this: it says nothing.
    parent.postMessage({ switchboard: "ready" }, "*");
    return this.#connected;
  }

  on(type, handler) {
    this.#handlers.set(type, handler);
  }

  send(type, data = {}) {
    this.#port?.postMessage({ ...data, type });
  }

  /** Asks the script for `what`; rejects when it says nothing. */
  request(what, data = {}) {
    const id = (this.#asked += 1);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(id);
        reject(new Error(`the host page does not answer: ${what}`));
      }, PATIENCE);
      this.#waiting.set(id, (answer) => {
        clearTimeout(timer);
        resolve(answer);
      });
      this.send("request", { ...data, what, id });
    });
  }

  #receive(data) {
    if (data.type !== "answer") return this.#handlers.get(data.type)?.(data);
    this.#waiting.get(data.id)?.(data.answer);
    this.#waiting.delete(data.id);
  }
}
