/**
 * Three ways to read one event log. Each is an async function (reader, context) that hands every frame to
 * `reader.accept(frame)` and resolves, never rejects, when the connection is over:
 *
 *   {end: "done" | "finished" | "denied" | "lost"}    nothing more will come
 *   {progressed: boolean, retryAfter?: seconds}       cut; `progressed` tells that something came through
 *
 * context: {signal, urls: {socket, events(turn)}, token, timing: {connect, silence, heartbeat, pollWait}, onLive()}
 */

const DENIED_CODES = new Set([4401, 4403, 4404]);
const DENIED_STATUSES = new Set([401, 403, 404, 410]);
const MAX_GAPS = 3;
const REFILL_SECONDS = 3;
const REFRESHED = 0;

/** The socket's answer to a `resume` that it does not follow: an error without a number. */
function refused(frame) {
  return frame.type === "error" && !Number.isInteger(frame.seq);
}

/** A timer that fires when `touch` has not been called for `delay` milliseconds. */
function watchdog(delay, bark) {
  let timer = setTimeout(bark, delay);
  return {
    touch() {
      clearTimeout(timer);
      timer = setTimeout(bark, delay);
    },
    stop: () => clearTimeout(timer),
  };
}

/** One WebSocket shared by all readers; it opens with the first and closes some time after the last. */
export class SharedSocket {
  #url;
  #idle;
  #token;
  #opening = 0; // grows with every try, so that a token that comes late opens nothing
  #socket = null;
  #readers = new Map();
  #idleTimer = 0;

  constructor(url, idle, token = null) {
    this.#url = url;
    this.#idle = idle;
    this.#token = token;
  }

  /** Reads `reader.turn` until it ends or the socket is cut. */
  read(reader, { signal, timing, onLive }) {
    return new Promise((resolve) => {
      let progressed = false;
      let refill = 0;
      const settle = (outcome) => {
        dog.stop();
        clearTimeout(connecting);
        clearInterval(beat);
        clearTimeout(refill);
        signal.removeEventListener("abort", aborted);
        this.#detach(reader);
        resolve(outcome);
      };
      const cut = () => {
        this.#drop();
        settle({ progressed });
      };
      const aborted = () => settle({ progressed });
      const dog = watchdog(timing.silence, cut);
      const connecting = setTimeout(() => this.#socket?.readyState !== WebSocket.OPEN && cut(), timing.connect);
      const resume = () => this.#send({ resume: reader.turn, after: reader.last });
      // Asking again for what is already here is harmless, keeps proxies from closing the socket, and finds dead ones.
      const beat = setInterval(resume, timing.heartbeat);
      signal.addEventListener("abort", aborted);
      clearTimeout(this.#idleTimer);
      this.#readers.set(reader.turn, {
        opened: resume,
        alive: dog.touch,
        closed: (code) => settle(DENIED_CODES.has(code) ? { end: "denied" } : { progressed: progressed || code === REFRESHED }),
        frame: (frame) => {
          if (refused(frame)) return settle(frame.metadata?.code === "not_found" ? { end: "denied" } : { progressed: false });
          progressed = true;
          onLive();
          const verdict = reader.accept(frame);
          if (verdict !== "gap") dog.touch();
          if (verdict === "delivered") clearTimeout(refill);
          if (verdict === "end") settle({ end: "done" });
          else if (verdict === "gap" && reader.gaps > MAX_GAPS) settle({ end: "lost" });
          else if (verdict === "gap" && reader.asksForRefill()) {
            resume();
            refill = setTimeout(cut, REFILL_SECONDS * 1000);
          }
        },
      });
      if (this.#socket?.readyState === WebSocket.OPEN) resume();
      else this.#open();
    });
  }

  /** Closes the socket; whoever still reads opens a new one. */
  refresh() {
    clearTimeout(this.#idleTimer);
    this.#drop(REFRESHED);
  }

  async #open() {
    if (this.#socket) return;
    const mine = (this.#opening += 1);
    let socket;
    try {
      const protocols = this.#token ? ["bearer", await this.#token()] : [];
      if (mine !== this.#opening || this.#socket) return;
      socket = new WebSocket(this.#url, protocols);
    } catch {
      if (mine !== this.#opening) return;
      queueMicrotask(() => this.#each((entry) => entry.closed(1006)));
      return;
    }
    this.#socket = socket;
    socket.onopen = () => this.#each((entry) => entry.opened());
    socket.onmessage = (event) => this.#receive(event.data);
    socket.onclose = (event) => {
      if (this.#socket !== socket) return;
      this.#socket = null;
      this.#each((entry) => entry.closed(event.code));
    };
  }

  #receive(data) {
    let frame;
    try {
      frame = JSON.parse(data);
    } catch {
      return;
    }
    if (frame?.turn) this.#readers.get(frame.turn)?.frame(frame);
    else this.#each((entry) => entry.alive());
  }

  #send(message) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  #each(action) {
    for (const entry of [...this.#readers.values()]) action(entry);
  }

  #detach(reader) {
    this.#readers.delete(reader.turn);
    if (!this.#readers.size) this.#idleTimer = setTimeout(() => this.#drop(), this.#idle);
  }

  /** Closes the socket; readers still on it see a cut. */
  #drop(code = 1006) {
    const socket = this.#socket;
    this.#socket = null;
    this.#opening += 1;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close(1000);
    this.#each((entry) => entry.closed(code));
  }
}

async function get(url, accept, { signal, token }) {
  const headers = { Accept: accept };
  if (token) headers.Authorization = `Bearer ${await token()}`;
  const response = await fetch(url, { headers, credentials: "same-origin", cache: "no-store", signal });
  if (response.ok) return { response };
  if (DENIED_STATUSES.has(response.status)) return { outcome: { end: "denied" } };
  return { outcome: { progressed: false, retryAfter: Number(response.headers.get("Retry-After")) || 0 } };
}

/** Yields the `data` of each server-sent event as it arrives; `touch` is called for every piece of the stream. */
async function* events(body, touch) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let buffer = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    touch();
    buffer = (buffer + value).replaceAll("\r\n", "\n");
    const blocks = buffer.split("\n\n");
    buffer = blocks.pop();
    for (const block of blocks) {
      const lines = block.split("\n").filter((line) => line.startsWith("data:"));
      if (lines.length) yield lines.map((line) => line.slice(5).replace(/^ /, "")).join("\n");
    }
  }
}

function parsed(data) {
  try {
    return JSON.parse(data);
  } catch {
    return null;
  }
}

/** Resolves after `delay` milliseconds, rejects when aborted before. */
function pause(delay, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, delay);
    signal.addEventListener("abort", () => { clearTimeout(timer); reject(signal.reason); }, { once: true });
  });
}

/** A signal that follows `signal` and can be aborted by itself. */
function child(signal) {
  const controller = new AbortController();
  const abort = () => controller.abort();
  signal.addEventListener("abort", abort, { once: true });
  if (signal.aborted) abort();
  return { signal: controller.signal, abort, release: () => signal.removeEventListener("abort", abort) };
}

export async function readSse(reader, { signal, urls, token, timing, onLive }) {
  let progressed = false;
  const own = child(signal);
  const dog = watchdog(timing.silence, own.abort);
  try {
    const { response, outcome } = await get(`${urls.events(reader.turn)}?after=${reader.last}`, "text/event-stream", { signal: own.signal, token });
    if (outcome) return outcome;
    if (!response.headers.get("Content-Type")?.startsWith("text/event-stream")) return { progressed };
    const alive = () => {
      progressed = true;
      dog.touch();
      onLive();
    };
    for await (const data of events(response.body, alive)) {
      const verdict = reader.accept(parsed(data));
      if (verdict === "end") return { end: "done" };
      if (verdict === "gap") return reader.gaps > MAX_GAPS ? { end: "lost" } : { progressed };
    }
    return { progressed };
  } catch {
    return { progressed }; // a network error or an abort: both are a cut
  } finally {
    dog.stop();
    own.release();
    own.abort();
  }
}

export async function readPolling(reader, { signal, urls, token, timing, onLive }) {
  let progressed = false;
  const own = child(signal);
  const dog = watchdog(timing.pollWait * 1000 + timing.silence, own.abort);
  try {
    for (;;) {
      const asked = performance.now();
      const url = `${urls.events(reader.turn)}?after=${reader.last}&wait=${timing.pollWait}`;
      const { response, outcome } = await get(url, "application/json", { signal: own.signal, token });
      if (outcome) return { ...outcome, progressed };
      const page = await response.json();
      progressed = true;
      dog.touch();
      onLive();
      if (page.place) reader.accept({ turn: reader.turn, type: "stage", stage: "queued", metadata: { place: page.place } });
      const before = reader.last;
      for (const frame of page.events) {
        const verdict = reader.accept(frame);
        if (verdict === "end") return { end: "done" };
        if (verdict === "gap") return reader.gaps > MAX_GAPS ? { end: "lost" } : { progressed };
      }
      if (reader.last !== before) continue;
      if (page.finished) return { end: "finished" };
      // A server or proxy that does not hold the request open must not be asked in a tight loop.
      if (performance.now() - asked < 1000) await pause(1000, own.signal);
    }
  } catch {
    return { progressed }; // a network error, an abort or a proxy's HTML page: all are a cut
  } finally {
    dog.stop();
    own.release();
  }
}
