/** Files are sent one after the other, each with its progress; without this script the form sends them together. */

const form = document.getElementById("upload");
const input = document.getElementById("id_file");
const drop = document.getElementById("drop");
const list = document.getElementById("chosen");
const button = form.querySelector("[type=submit]");
const texts = form.dataset;
let waiting = [];

function add(files) {
  for (const file of files) waiting.push({ file, row: rowOf(file) });
  input.value = "";
}

function rowOf(file) {
  const row = document.createElement("li");
  const name = document.createElement("span");
  name.textContent = file.name;
  name.dir = "auto";
  const state = document.createElement("span");
  state.className = "bo-quiet";
  state.textContent = texts.waiting;
  const remove = document.createElement("button");
  remove.type = "button";
  remove.className = "bo-button";
  remove.textContent = texts.remove;
  remove.setAttribute("aria-label", `${texts.remove}: ${file.name}`);
  remove.addEventListener("click", () => {
    waiting = waiting.filter((each) => each.row !== row);
    row.remove();
  });
  row.append(name, state, remove);
  list.append(row);
  return row;
}

function say(row, content, isWrong) {
  const state = row.children[1];
  state.className = isWrong ? "bo-wrong" : "bo-quiet";
  state.replaceChildren(content);
}

function send({ file, row }) {
  row.querySelector("button")?.remove();
  if (file.size > Number(texts.mostBytes)) {
    say(row, texts.tooBig, true);
    return Promise.resolve();
  }
  const progress = document.createElement("progress");
  progress.max = 100;
  progress.value = 0;
  progress.setAttribute("aria-label", file.name);
  say(row, progress, false);
  const data = new FormData(form);
  data.set("file", file);
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open("POST", location.pathname);
    request.setRequestHeader("Accept", "application/json");
    request.responseType = "json";
    request.upload.addEventListener("progress", (event) => (progress.value = (100 * event.loaded) / event.total));
    request.addEventListener("loadend", () => {
      show(row, request.response);
      resolve();
    });
    request.send(data);
  });
}

function show(row, answer) {
  const result = answer?.files?.[0];
  if (result?.url) {
    const link = document.createElement("a");
    link.className = "text-link";
    link.href = result.url;
    link.textContent = texts.open;
    say(row, "", false);
    row.children[1].append(`${texts.sent} · `, link);
    return;
  }
  const errors = Object.values(answer?.errors ?? {}).flat();
  say(row, result?.error || errors.join(" ") || texts.failed, true);
}

input.addEventListener("change", () => add([...input.files]));
drop.addEventListener("dragover", (event) => {
  event.preventDefault();
  drop.classList.add("bo-over");
});
drop.addEventListener("dragleave", () => drop.classList.remove("bo-over"));
drop.addEventListener("drop", (event) => {
  event.preventDefault();
  drop.classList.remove("bo-over");
  add([...event.dataTransfer.files]);
});
form.addEventListener("submit", async (event) => {
  if (!waiting.length) return;
  event.preventDefault();
  button.disabled = true;
  const files = waiting;
  waiting = [];
  for (const each of files) await send(each);
  button.disabled = false;
});
