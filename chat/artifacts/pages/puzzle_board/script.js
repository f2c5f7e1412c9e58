(() => {
  "use strict";
  const data = JSON.parse(document.getElementById("page-data").textContent);
  const words = document.getElementById("game").dataset;
  const board = document.getElementById("board");
  const status = document.getElementById("status");
  const size = data.size;
  const last = size * size - 1;
  const labels = Array.from({ length: last }, (_, index) => data.labels[index] ?? String(index + 1));
  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  let order = [];
  let moves = 0;
  let begun = 0;
  let ended = 0;

  board.style.gridTemplateColumns = `repeat(${size}, minmax(0, 1fr))`;
  const gap = document.createElement("span");
  gap.className = "gap";
  const tiles = labels.map((label, tile) => {
    const button = document.createElement("button");
    button.type = "button";
    button.dir = "auto";
    button.textContent = label;
    button.setAttribute("aria-label", fill(words.tile, { name: label }));
    button.addEventListener("click", () => slide(order.indexOf(tile)));
    return button;
  });

  const beside = (one, two) => {
    const [down, right] = [Math.floor(one / size) - Math.floor(two / size), (one % size) - (two % size)];
    return Math.abs(down) + Math.abs(right) === 1;
  };
  const isSolved = () => order.every((tile, place) => tile === place);
  const seconds = () => (begun ? Math.floor(((ended || Date.now()) - begun) / 1000) : 0);
  const clock = () => `${Math.floor(seconds() / 60)}:${String(seconds() % 60).padStart(2, "0")}`;

  function figures() {
    document.getElementById("moves").textContent = fill(words.moves, { n: moves });
    document.getElementById("time").textContent = fill(words.time, { time: clock() });
  }

  function draw() {
    const focused = document.activeElement;
    board.replaceChildren(...order.map((tile) => (tile === last ? gap : tiles[tile])));
    order.forEach((tile, place) => tile !== last && tiles[tile].classList.toggle("right", tile === place));
    if (tiles.includes(focused)) focused.focus();
    figures();
  }

  function slide(place) {
    const empty = order.indexOf(last);
    if (ended || place < 0 || !beside(place, empty)) return;
    begun ||= Date.now();
    [order[place], order[empty]] = [order[empty], order[place]];
    moves += 1;
    if (isSolved()) {
      ended = Date.now();
      board.classList.add("solved");
      status.textContent = fill(words.solved, { moves: fill(words.moves, { n: moves }), time: clock() });
    }
    draw();
  }

  function shuffle() {
    order = Array.from({ length: last + 1 }, (_, index) => index);
    moves = begun = ended = 0;
    board.classList.remove("solved");
    status.textContent = words.hint;
    for (let step = 0, before = -1; step < data.shuffle || isSolved(); step += 1) {
      const empty = order.indexOf(last);
      const open = order.map((_, place) => place).filter((place) => beside(place, empty) && place !== before);
      const place = open[Math.floor(Math.random() * open.length)];
      [order[place], order[empty]] = [order[empty], order[place]];
      before = empty;
    }
    draw();
  }

  // An arrow moves the tile that can go that way.
  document.addEventListener("keydown", (event) => {
    const from = { ArrowLeft: 1, ArrowRight: -1, ArrowUp: size, ArrowDown: -size }[event.key];
    if (!from) return;
    event.preventDefault();
    const empty = order.indexOf(last);
    const place = empty + from;
    if (place >= 0 && place <= last) slide(place);
  });

  document.getElementById("again").addEventListener("click", shuffle);
  setInterval(figures, 500);
  shuffle();
})();
