/**
 * The one client of the event log, for the chat page, the widget and the desk.
 *
 *   const log = new EventLog({onState: (state) => ...});
 *   const reading = log.follow(turn, {after: 0, onEvent: (event) => ..., onEnd: (reason) => ...});
 *   reading.close();
 *
 * It reads by WebSocket, falls back to server-sent events, then to polling, and resumes after the last event it has
 * delivered, however often the connection is cut. Every event of a turn is delivered once and in order. An event is
 * {turn, seq, type, stage, content, metadata}; a `snapshot` replaces all the text so far and may skip numbers. While
 * the turn waits, its place in the queue comes as a stage `queued` without a number: {metadata: {place}}.
 *
 * onEnd reasons: "done" (the log said so), "finished" (the turn is over, but the log no longer holds its end),
 * "lost" (events are missing for good), "denied" (no access). After the last three, ask the server for the message.
 *
 * Without `token` the page's cookies say who reads; with it, an async function that gives a bearer token, that does.
 *
 * States: "idle", "connecting", "live", "reconnecting", "offline".
 */

import { SharedSocket, readPolling, readSse } from "./event-transports.js";

const TIMING = {
  connect: 6_000,
  silence: 45_000,
  heartbeat: 20_000,
  idle: 60_000,
  sleep: 15_000,
  pollWait: 20,
  firstDelay: 400,
  maxDelay: 15_000,
  forgetFallback: 60_000,
};

/** What has been delivered of one turn, and what may be delivered next. */
class Reader {
  gaps = 0;
  #refilling = false;

  constructor(turn, after, onEvent) {
    this.turn = turn;
    this.last = after;
    this.onEvent = onEvent;
  }

  /** "delivered", "ignored" (known already, or no event), "gap" (events before it are missing) or "end". */
  accept(event) {
    if (!event || event.turn !== this.turn) return "ignored";
    if (event.stage === "queued") this.onEvent(event);
    if (!Number.isInteger(event.seq)) return "ignored";
    if (event.seq <= this.last) return "ignored";
    if (event.seq !== this.last + 1 && event.type !== "snapshot") return this.#gap();
    this.last = event.seq;
    this.gaps = 0;
    this.#refilling = false;
    this.onEvent(event);
    return event.type === "done" ? "end" : "delivered";
  }

  /** True once per gap: the events after a hole keep coming while the hole is being filled. */
  asksForRefill() {
    if (this.#refilling) return false;
    this.#refilling = true;
    return true;
  }

  restart() {
    this.#refilling = false;
  }

  #gap() {
    if (!this.#refilling) this.gaps += 1;
    return "gap";
  }
}

function absolute(path, protocol) {
  const url = new URL(path, location.href);
  if (protocol) url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url.href;
}

export class EventLog {
  #timing;
  #urls;
  #token;
  #transports;
  #random;
  #onState;
  #socket;
  #readings = new Set();
  #wakers = new Set();
  #level = 0;
  #levelSince = 0;
  #state = "idle";
  #hiddenSince = 0;

  constructor({
    socketUrl = "/ws/chat",
    eventsUrl = (turn) => `/api/v1/turns/${turn}/events`,
    token = null,
    transports = ["websocket", "sse", "poll"],
    timing = {},
    random = Math.random,
    onState = () => {},
  } = {}) {
    this.#timing = { ...TIMING, ...timing };
    this.#urls = { socket: absolute(socketUrl, true), events: (turn) => absolute(eventsUrl(turn)) };
    this.#token = token;
    this.#socket = new SharedSocket(this.#urls.socket, this.#timing.idle, token);
    const known = {
      websocket: (reader, context) => this.#socket.read(reader, context),
      sse: readSse,
      poll: readPolling,
    };
    this.#transports = transports.map((name) => ({ name, read: known[name] }));
    this.#random = random;
    this.#onState = onState;
    addEventListener("online", this.#refresh);
    addEventListener("offline", this.#wentOffline);
    addEventListener("pagehide", this.#refresh);
    document.addEventListener("visibilitychange", this.#visibility);
  }

  get state() {
    return this.#state;
  }

  /** The transport that the next connection uses. */
  get transport() {
    return this.#transports[this.#level].name;
  }

  follow(turn, { after = 0, onEvent, onEnd = () => {} }) {
    if (performance.now() - this.#levelSince > this.#timing.forgetFallback) this.#level = 0;
    const controller = new AbortController();
    this.#readings.add(controller);
    this.#run(new Reader(turn, after, onEvent), controller, onEnd);
    return { close: () => controller.abort() };
  }

  /** Ends all waiting for the next try; for a button "Retry now". */
  retryNow() {
    this.#wake();
  }

  close() {
    for (const controller of this.#readings) controller.abort();
    this.#socket.refresh();
    removeEventListener("online", this.#refresh);
    removeEventListener("offline", this.#wentOffline);
    removeEventListener("pagehide", this.#refresh);
    document.removeEventListener("visibilitychange", this.#visibility);
  }

  async #run(reader, controller, onEnd) {
    const { signal } = controller;
    let failures = 0;
    let outcome = {};
    this.#report("connecting");
    while (!signal.aborted) {
      reader.restart();
      const level = this.#level;
      outcome = await this.#transports[level].read(reader, this.#context(signal));
      if (outcome.end || signal.aborted) break;
      failures = outcome.progressed ? 0 : failures + 1;
      if (!outcome.progressed) this.#fallBack(level);
      this.#report(navigator.onLine ? "reconnecting" : "offline");
      await this.#pause(this.#delay(failures, outcome.retryAfter), signal);
    }
    this.#readings.delete(controller);
    if (!this.#readings.size) this.#report("idle");
    if (!signal.aborted) onEnd(outcome.end);
  }

  #context(signal) {
    return { signal, urls: this.#urls, token: this.#token, timing: this.#timing, onLive: () => this.#report("live") };
  }

  /** Failing tries walk through the transports in a circle: a server that restarts is found again by any of them. */
  #fallBack(from) {
    if (from !== this.#level) return; // another reading has met the same failure
    this.#level = (this.#level + 1) % this.#transports.length;
    this.#levelSince = performance.now();
  }

  /** Milliseconds: doubling from `firstDelay` per failure in a row, with jitter so that clients do not come at once. */
  #delay(failures, retryAfter = 0) {
    if (retryAfter) return retryAfter * 1000 * (1 + this.#random() / 4);
    // Falling back has not been tried yet, so the first round through the transports is quick.
    const doublings = Math.max(0, failures - this.#transports.length + 1);
    const full = Math.min(this.#timing.maxDelay, this.#timing.firstDelay * 2 ** doublings);
    return full * (0.5 + this.#random() / 2);
  }

  #pause(delay, signal) {
    return new Promise((resolve) => {
      const over = () => {
        clearTimeout(timer);
        this.#wakers.delete(over);
        signal.removeEventListener("abort", over);
        resolve();
      };
      const timer = setTimeout(over, delay);
      this.#wakers.add(over);
      signal.addEventListener("abort", over);
    });
  }

  #report(state) {
    if (state === this.#state) return;
    this.#state = state;
    this.#onState(state);
  }

  #wake = () => {
    for (const over of [...this.#wakers]) over();
  };

  #wentOffline = () => {
    if (this.#readings.size) this.#report("offline");
  };

  // After a change of network or a sleep a socket may be dead without knowing; and a page in the back/forward cache
  // must hold none. Readings go on over a new one.
  #refresh = () => {
    this.#socket.refresh();
    this.#wake();
  };

  #visibility = () => {
    if (document.hidden) this.#hiddenSince = performance.now();
    else if (performance.now() - this.#hiddenSince > this.#timing.sleep) this.#refresh();
  };
}
