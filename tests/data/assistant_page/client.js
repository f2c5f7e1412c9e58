"use strict";
// A page of somebody else's, as the assistant's older clients are: it knows two addresses and no log-in. Like them it
// opens a bubble for each `content`, rounds the average as a number, and goes on after `done` or `error`.
const api = window.ASSISTANT_API;
const place = (id) => document.getElementById(id);
const figures = {};
let socket;
let artifact = null;
window.polls = 0;

function connect() {
  socket = new WebSocket(window.ASSISTANT_SOCKET);
  socket.onopen = () => { place("line").textContent = "online"; };
  socket.onclose = () => { place("line").textContent = "offline"; };
  socket.onmessage = (event) => take(JSON.parse(event.data));
}

function take({ type, stage, content, metadata }) {
  if (type === "stage") {
    place("stage").textContent = stage;
    bubble("stage", stage);
  } else if (type === "content") {
    bubble("content", `${content} | ${metadata.model} | ${new Date(metadata.timestamp).getFullYear()}`);
  } else if (type === "artifact") {
    artifact = metadata.artifact;
    bubble("artifact", `${artifact.id} | ${artifact.metadata.rating || "unrated"}`);
  } else if (type === "error") {
    bubble("error", content);
  } else if (type === "done") {
    place("stage").textContent = "";
    bubble("done", "");
    poll();
  }
}

function bubble(type, text) {
  const entry = document.createElement("li");
  entry.className = type;
  entry.textContent = text;
  place("log").append(entry);
}

async function poll() {
  const answer = await fetch(`${api}/stats`);
  if (!answer.ok) throw new Error(`stats: ${answer.status}`);
  const { model_manager: manager, memory, experience, models } = await answer.json();
  Object.assign(figures, {
    current: manager.current_model || "-",
    switches: manager.switches,
    loaded: manager.loaded_models.length,
    room: manager.max_vram_gb,
    memories: memory.total,
    context: memory.session_context,
    judged: experience.total,
    average: experience.avg_score.toFixed(1),
    local: [models.local.code, models.local.reason, models.local.personality].join(),
    cloud: [models.cloud.code, models.cloud.universal, models.cloud.vision].join(),
  });
  place("figures").replaceChildren(...Object.entries(figures).map(([name, value]) => {
    const entry = document.createElement("dd");
    entry.id = `figure-${name}`;
    entry.textContent = value;
    return entry;
  }));
  window.polls += 1;
}

async function press(path, body) {
  const options = { method: "POST" };
  if (body) Object.assign(options, { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  const answer = await fetch(`${api}/${path}`, options);
  place("said").textContent = `${path.split("/").pop()} ${answer.status} ${JSON.stringify(await answer.json())}`;
  await poll();
}

window.ask = (message) => socket.send(JSON.stringify({ message }));
place("clear").onclick = () => press("clear-context");
place("reset").onclick = () => press("reset-memory");
place("rate").onclick = () => press(`artifacts/${artifact.id}/rate`, { rating: 4 });

connect();
poll();
setInterval(poll, 5000);
fetch(`${api}/available-models`).then((answer) => answer.json()).then((body) => {
  place("models").textContent = `${body.models.length} models`;
});
