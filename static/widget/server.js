/** The two calls that must come from the host page, because its origin is what the server checks. */

export class Server {
  #base;
  #key;

  constructor(base, key) {
    this.#base = base;
    this.#key = key;
  }

  get origin() {
    return this.#base;
  }

  panel(path, language) {
    return `${this.#base}${path}?lang=${encodeURIComponent(language)}`;
  }

  /** The widget's looks; rejects when this page may not have them. */
  async config(language) {
    const response = await this.#fetch("", language, {});
    if (!response.ok) throw new Error(`status ${response.status}`);
    return response.json();
  }

  /** {status, session, retryAfter}: a visitor's token, for the one who has `resume` or for a new one. Never rejects. */
  async session(resume, language) {
    try {
      // A form needs no preflight, so this is one round trip.
      const response = await this.#fetch("/session", language, { method: "POST", body: new URLSearchParams({ resume }) });
      const retryAfter = Number(response.headers.get("Retry-After")) || 0;
      return { status: response.status, retryAfter, session: response.ok ? await response.json() : null };
    } catch {
      return { status: 0, retryAfter: 0, session: null };
    }
  }

  #fetch(path, language, options) {
    const query = language ? `?lang=${encodeURIComponent(language)}` : "";
    const url = `${this.#base}/api/v1/widgets/${encodeURIComponent(this.#key)}${path}${query}`;
    return fetch(url, { mode: "cors", credentials: "omit", referrerPolicy: "no-referrer", ...options });
  }
}
