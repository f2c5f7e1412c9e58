/** Words of the page, from the blocks the template rendered (the second adds to the first); numbers, dates and money the reader's way. */

const block = (id) => JSON.parse(document.getElementById(id)?.textContent ?? "{}");
const strings = { ...block("page-strings"), ...block("more-strings") };
const language = document.documentElement.lang || "en";
const plurals = new Intl.PluralRules(language);
const numbers = new Intl.NumberFormat(language);
const times = new Intl.DateTimeFormat(language, { hour: "numeric", minute: "2-digit" });
const exact = new Intl.DateTimeFormat(language, { dateStyle: "long", timeStyle: "medium" });
const months = new Intl.DateTimeFormat(language, { month: "long", year: "numeric" });
const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
const DAY = 86_400_000;

function filled(text, values) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** The string `key` with `{name}` filled in from `values`. */
export function t(key, values = {}) {
  return filled(strings[key] ?? key, values);
}

/** The plural form of `key` for `n`, with `{n}` filled in. */
export function tn(key, n) {
  const forms = strings[key] ?? {};
  return filled(forms[plurals.select(n)] ?? forms.other ?? key, { n: numbers.format(n) });
}

export function has(key) {
  return key in strings;
}

export const formatNumber = (value) => numbers.format(value);
export const formatTime = (date) => times.format(date);
export const formatExact = (date) => exact.format(date);

/** A short time: milliseconds below a second, else seconds. */
export function formatDuration(milliseconds) {
  const [unit, value] = milliseconds < 1000 ? ["millisecond", Math.round(milliseconds)] : ["second", milliseconds / 1000];
  const digits = unit === "second" && value < 10 ? 1 : 0;
  const options = { style: "unit", unit, unitDisplay: "short", minimumFractionDigits: digits, maximumFractionDigits: digits };
  return new Intl.NumberFormat(language, options).format(value);
}

/** Dollars; small amounts keep two significant digits, because an answer often costs less than a cent. */
export function formatMoney(amount) {
  const options = amount > 0 && amount < 0.01 ? { maximumSignificantDigits: 2 } : { minimumFractionDigits: amount ? 2 : 0, maximumFractionDigits: amount ? 2 : 0 };
  return new Intl.NumberFormat(language, { style: "currency", currency: "USD", currencyDisplay: "narrowSymbol", ...options }).format(amount);
}

function dayStart(date) {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}

/** The heading under which a list shows `date`: today, yesterday, this week, this month's days, then months. */
export function dayGroup(date, now = new Date()) {
  const days = Math.round((dayStart(now) - dayStart(date)) / DAY);
  if (days <= 1) return capitalised(relative.format(-Math.max(0, days), "day"));
  if (days < 7) return t("last_7_days");
  if (days < 30) return t("last_30_days");
  return capitalised(months.format(date));
}

export function formatRelative(date, now = new Date()) {
  const minutes = Math.round((date - now) / 60_000);
  if (minutes > -1) return t("just_now");
  if (minutes > -60) return relative.format(minutes, "minute");
  const days = Math.round((dayStart(now) - dayStart(date)) / DAY);
  if (days === 0) return formatTime(date);
  if (days === 1) return `${relative.format(-1, "day")}, ${formatTime(date)}`;
  const year = date.getFullYear() === now.getFullYear() ? undefined : "numeric";
  return new Intl.DateTimeFormat(language, { day: "numeric", month: "short", year, hour: "numeric", minute: "2-digit" }).format(date);
}

function capitalised(text) {
  return text.charAt(0).toLocaleUpperCase(language) + text.slice(1);
}
