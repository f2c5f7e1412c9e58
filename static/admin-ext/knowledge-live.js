/** Keeps what is at work up to date: elements [data-live][data-busy] are replaced by what their data-live-url says.
 * One that has finished and carries data-live-reload reloads the page, which then shows more. */

const PAUSE = 2000;
const SLOWEST = 30000;
let pause = PAUSE;

function busy() {
  const groups = new Map();
  for (const element of document.querySelectorAll("[data-live][data-busy]")) {
    const url = element.dataset.liveUrl;
    groups.set(url, [...(groups.get(url) ?? []), element]);
  }
  return groups;
}

async function refresh(url, elements) {
  const query = new URLSearchParams(elements.map((element) => ["id", element.dataset.live]));
  const response = await fetch(`${url}?${query}`, { headers: { Accept: "application/json" } });
  if (!response.ok) throw new Error(String(response.status));
  const states = await response.json();
  for (const element of elements) replace(element, states[element.dataset.live]);
}

function replace(element, html) {
  if (html === undefined) {
    element.removeAttribute("data-busy");
    return;
  }
  const template = document.createElement("template");
  template.innerHTML = html;
  const fresh = template.content.firstElementChild;
  if ("liveReload" in element.dataset && !("busy" in fresh.dataset)) location.reload();
  else element.replaceWith(fresh);
}

async function tick() {
  try {
    if (!document.hidden) await Promise.all([...busy()].map(([url, elements]) => refresh(url, elements)));
    pause = PAUSE;
  } catch {
    pause = Math.min(2 * pause, SLOWEST);
  }
  if (busy().size) setTimeout(tick, pause);
}

if (busy().size) setTimeout(tick, PAUSE);
