/** The panel as the form's values would make it, drawn by the server a moment after each change. */

const PAUSE = 300; // milliseconds

const box = document.getElementById("widget-preview");
const frame = box.querySelector("iframe");
const launcher = box.querySelector(".bo-launcher");
const note = document.getElementById("widget-contrast");
const form = box.closest("form");
let timer = 0;
let asked = 0;

async function draw() {
  const mine = (asked += 1);
  const response = await fetch(box.dataset.url, { method: "POST", body: new FormData(form), credentials: "same-origin" });
  if (mine !== asked || response.redirected || !response.ok) return;
  const shown = await response.json();
  frame.srcdoc = shown.html;
  note.textContent = shown.note;
  launcher.style.background = shown.accent;
  launcher.style.color = shown.ink;
  launcher.dataset.position = shown.position;
  launcher.querySelector("use").setAttribute("href", `${launcher.dataset.icons}#${shown.icon}`);
}

function later() {
  clearTimeout(timer);
  // An old preview is better than none: the next change tries again.
  timer = setTimeout(() => draw().catch(() => {}), PAUSE);
}

form.addEventListener("input", later);
form.addEventListener("change", later);
draw().catch(() => {});
