(() => {
  "use strict";
  const data = JSON.parse(document.getElementById("page-data").textContent);
  const words = document.getElementById("game").dataset;
  const board = document.getElementById("board");
  const status = document.getElementById("status");
  const score = document.getElementById("score");
  const opponent = document.getElementById("opponent");
  const size = data.size;
  const goal = Math.min(data.in_a_row, size);
  const signs = { x: "✕", o: "◯", "": "" };
  const wins = { x: 0, o: 0 };
  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  const other = (mark) => (mark === "x" ? "o" : "x");
  let cells = [];
  let mark = data.first;
  let over = false;

  const lines = [];
  for (let row = 0; row < size; row += 1) {
    for (let column = 0; column < size; column += 1) {
      for (const [down, right] of [[0, 1], [1, 0], [1, 1], [1, -1]]) {
        const last = [row + down * (goal - 1), column + right * (goal - 1)];
        if (last.every((place) => place >= 0 && place < size)) {
          lines.push(Array.from({ length: goal }, (_, step) => (row + down * step) * size + column + right * step));
        }
      }
    }
  }

  board.style.gridTemplateColumns = `repeat(${size}, 1fr)`;
  const buttons = Array.from({ length: size * size }, (_, index) => {
    const button = document.createElement("button");
    button.type = "button";
    button.addEventListener("click", () => play(index));
    board.append(button);
    return button;
  });

  const winning = (state) => lines.find((line) => state[line[0]] && line.every((index) => state[index] === state[line[0]]));
  const free = (state) => state.flatMap((value, index) => (value ? [] : [index]));

  function draw(line = []) {
    buttons.forEach((button, index) => {
      const value = cells[index];
      button.textContent = signs[value];
      button.className = value + (line.includes(index) ? " line" : "");
      button.disabled = over && !value;
      const name = value ? data.names[value] : words.empty;
      button.setAttribute("aria-label", fill(words.cell, { row: Math.floor(index / size) + 1, column: (index % size) + 1, mark: name }));
    });
    score.replaceChildren(...["x", "o"].map((side) => {
      const entry = document.createElement("span");
      entry.className = side;
      entry.textContent = `${data.names[side]} ${wins[side]}`;
      return entry;
    }));
  }

  function play(index) {
    if (over || cells[index] || (opponent.value === "computer" && mark === "o")) return;
    set(index);
    if (!over && opponent.value === "computer") setTimeout(() => !over && mark === "o" && set(choose()), 250);
  }

  function set(index) {
    cells[index] = mark;
    const line = winning(cells);
    over = Boolean(line) || !free(cells).length;
    if (line) wins[mark] += 1;
    status.textContent = line ? fill(words.won, { name: data.names[mark] }) : over ? words.draw : fill(words.turn, { name: data.names[other(mark)] });
    if (!over) mark = other(mark);
    draw(line);
  }

  // A perfect player on the small board; on a larger one it wins, blocks, or extends its best line.
  function choose() {
    if (size === 3) return best(cells, "o").index;
    const rated = free(cells).map((index) => ({ index, value: worth(index) }));
    return rated.reduce((top, entry) => (entry.value > top.value ? entry : top)).index;
  }

  function best(state, side) {
    if (winning(state)) return { value: side === "o" ? -1 : 1 };
    const open = free(state);
    if (!open.length) return { value: 0 };
    let top = null;
    for (const index of open) {
      state[index] = side;
      const { value } = best(state, other(side));
      state[index] = "";
      if (!top || (side === "o" ? value > top.value : value < top.value)) top = { index, value };
    }
    return top;
  }

  function worth(index) {
    let value = 0;
    for (const line of lines.filter((entry) => entry.includes(index))) {
      const held = { x: 0, o: 0 };
      for (const place of line) if (cells[place]) held[cells[place]] += 1;
      if (!held.x) value += 10 ** held.o * 1.2;
      if (!held.o) value += 10 ** held.x;
    }
    return value;
  }

  board.addEventListener("keydown", (event) => {
    const from = buttons.indexOf(document.activeElement);
    const moves = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -size, ArrowDown: size };
    if (from < 0 || !(event.key in moves)) return;
    event.preventDefault();
    const sideways = Math.abs(moves[event.key]) === 1;
    const to = from + moves[event.key];
    if (to < 0 || to >= buttons.length || (sideways && Math.floor(to / size) !== Math.floor(from / size))) return;
    buttons[to].focus();
  });

  function begin() {
    cells = Array(size * size).fill("");
    mark = data.first;
    over = false;
    status.textContent = fill(words.turn, { name: data.names[mark] });
    draw();
    if (mark === "o" && opponent.value === "computer") set(choose());
  }

  opponent.value = data.opponent;
  opponent.addEventListener("change", begin);
  document.getElementById("again").addEventListener("click", begin);
  begin();
})();
