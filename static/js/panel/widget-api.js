/** The widget's routes, called with a short token that the script on the host page fetches and renews. */

import { ApiError, call } from "../api.js";

const SPARE = 60_000; // a token that ends within this time, in milliseconds, is renewed before it is used

export class WidgetApi {
  #base;
  #language;
  #link;
  #token = "";
  #until = 0;
  #fetching = null;

  constructor({ key, language }, link) {
    this.#base = `/api/v1/widgets/${encodeURIComponent(key)}`;
    this.#language = language;
    this.#link = link;
  }

  eventsUrl = (turn) => `${this.#base}/turns/${encodeURIComponent(turn)}/events`;

  newest = () => this.#call("GET", "/conversation");
  ask = (values) => this.#call("POST", "/turns", values);
  stop = (turn) => this.#call("POST", `/turns/${encodeURIComponent(turn)}/stop`);
  retry = (turn) => this.#call("POST", `/turns/${encodeURIComponent(turn)}/retry`);

  /** A token that is still good for a while. Throws ApiError: 403 when the widget has been closed to this site. */
  token = async () => {
    if (Date.now() < this.#until - SPARE) return this.#token;
    this.#fetching ??= this.#fetch().finally(() => (this.#fetching = null));
    return this.#fetching;
  };

  /** The token was refused: the next call fetches another. */
  forget() {
    this.#until = 0;
  }

  async #fetch() {
    const answer = await this.#link.request("token").catch(() => ({ status: 0 }));
    if (!answer.token) throw new ApiError(answer.status, {}, answer.retryAfter);
    this.#token = answer.token;
    this.#until = Date.parse(answer.expiresAt);
    return this.#token;
  }

  async #call(method, path, body) {
    const once = async () => {
      const headers = { Authorization: `Bearer ${await this.token()}` };
      return call(method, `${this.#base}${path}?lang=${this.#language}`, body, { headers, credentials: "omit" });
    };
    try {
      return await once();
    } catch (error) {
      if (error.status !== 401 && error.status !== 403) throw error;
      this.forget();
      return once().catch((again) => {
        // A site that was taken off the list cannot read why it gets no token; the first refusal says it.
        throw again.status === 0 ? error : again;
      });
    }
  }
}
