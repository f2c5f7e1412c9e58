/** What went wrong with a call, in words, and what the reader can do. */

import { t, tn } from "./i18n.js";

/** {text, action?: {label, href}} for an ApiError. */
export function explain(error) {
  if (error.status === 0) return { text: t(navigator.onLine ? "unreachable" : "offline_send") };
  if (error.status === 401) return { text: t("logged_out"), action: { label: t("log_in"), href: `/login/?next=${encodeURIComponent(location.pathname)}` } };
  if (error.status === 429) return { text: error.retryAfter ? tn("too_many_seconds", Math.ceil(error.retryAfter)) : t("too_many") };
  if (error.status === 409 && error.body.turn) return { text: t("busy") };
  if (error.status === 404) return { text: t("gone") };
  if (error.status === 413) return { text: t("too_long") };
  if (error.status === 403) return { text: error.reason || t("forbidden"), action: { label: t("reload"), href: location.pathname } };
  if (error.status >= 500) return { text: t("server_error") };
  return { text: error.reason || t("not_accepted") };
}
