/** Calls of the server's API. Failures are ApiError, with a status of 0 when nothing was reached. */

export class ApiError extends Error {
  constructor(status, body = {}, retryAfter = 0) {
    super(typeof body?.detail === "string" ? body.detail : "");
    this.status = status;
    this.body = body ?? {};
    this.retryAfter = retryAfter;
  }

  /** What the server said, one sentence; empty when it said nothing for people. */
  get reason() {
    const errors = this.body.errors;
    if (!errors) return this.message;
    const lists = Array.isArray(errors) ? errors : Object.values(errors).flat();
    const texts = lists.map((entry) => (typeof entry === "string" ? entry : entry?.message ?? entry?.msg ?? "")).filter(Boolean);
    return texts.join(" ") || this.message;
  }
}

/** `options` are fetch's; the answer's JSON, null when there is none. Throws ApiError. */
export async function call(method, path, body, { headers: more = {}, ...options } = {}) {
  const headers = { Accept: "application/json", ...more };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let response;
  try {
    const payload = body === undefined ? undefined : JSON.stringify(body);
    response = await fetch(path, { method, headers, body: payload, credentials: "same-origin", ...options });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError(0);
  }
  const data = await response.json().catch(() => null); // 204, or a proxy's HTML page
  if (!response.ok) throw new ApiError(response.status, data ?? {}, Number(response.headers.get("Retry-After")) || 0);
  return data;
}

/** A call with the page's cookies, which takes the page's CSRF token where something changes. */
function own(method, path, body, options = {}) {
  const csrf = method === "GET" ? {} : { "X-CSRFToken": document.querySelector('meta[name="csrf-token"]').content };
  return call(method, path, body, { headers: csrf, ...options });
}

const conversation = (id) => `/api/v1/conversations/${encodeURIComponent(id)}`;
const turn = (id) => `/api/v1/turns/${encodeURIComponent(id)}`;

export const api = {
  models: () => own("GET", "/api/v1/models"),
  conversations: ({ skip = 0, limit = 30, query = "" }, signal) =>
    own("GET", `/api/v1/conversations?${new URLSearchParams({ skip, limit, ...(query && { q: query }) })}`, undefined, { signal }),
  conversation: (id) => own("GET", conversation(id)),
  change: (id, values) => own("PATCH", conversation(id), values),
  remove: (id) => own("DELETE", conversation(id), undefined, { keepalive: true }),
  ask: (values) => own("POST", "/api/v1/turns", values),
  stop: (id) => own("POST", `${turn(id)}/stop`),
  retry: (id) => own("POST", `${turn(id)}/retry`),
  answerRating: (id) => own("GET", `${turn(id)}/rating`),
  rateAnswer: (id, values) => own("POST", `${turn(id)}/rating`, values),
  rate: (id, rating) => own("POST", `/api/artifacts/${encodeURIComponent(id)}/rate`, { rating }),
};
