(() => {
  "use strict";
  const data = JSON.parse(document.getElementById("page-data").textContent);
  const words = document.getElementById("game").dataset;
  const find = (id) => document.getElementById(id);
  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  const worn = new Set(["weapon", "armor"]);
  const bag = Array.from({ length: Math.max(data.slots, data.items.length) }, (_, index) => data.items[index] ?? null);
  const equipped = new Set();
  let kind = "all";
  let chosen = -1;

  const element = (tag, className, text) => {
    const made = document.createElement(tag);
    made.className = className;
    made.textContent = text;
    return made;
  };

  const kinds = ["all", "weapon", "armor", "potion", "tool", "treasure"].map((name) => {
    const button = element("button", "", words[name]);
    button.type = "button";
    button.addEventListener("click", () => {
      kind = name;
      draw();
    });
    find("kinds").append(button);
    return [name, button];
  });

  const slots = bag.map((_, index) => {
    const button = document.createElement("button");
    button.type = "button";
    button.addEventListener("click", () => {
      chosen = bag[index] ? index : -1;
      draw();
    });
    find("slots").append(button);
    return button;
  });

  function draw() {
    for (const [name, button] of kinds) button.setAttribute("aria-pressed", String(name === kind));
    slots.forEach((button, index) => drawSlot(button, bag[index], index));
    find("hero").textContent = data.hero;
    find("gold").textContent = fill(words.gold, { n: data.gold.toLocaleString(document.documentElement.lang) });
    find("filled").textContent = fill(words.filled, { used: bag.filter(Boolean).length, all: bag.length });
    drawDetails(bag[chosen]);
  }

  function drawSlot(button, item, index) {
    button.setAttribute("aria-pressed", String(index === chosen));
    button.replaceChildren();
    if (!item) {
      button.className = "free";
      button.setAttribute("aria-label", words.empty);
      return;
    }
    button.className = item.rarity + (kind === "all" || item.kind === kind ? "" : " other");
    button.setAttribute("aria-label", fill(words.slot, { name: item.name, count: item.count, rarity: words[item.rarity] }));
    button.append(element("span", "", item.icon));
    if (item.count > 1) button.append(element("span", "count", item.count));
    if (equipped.has(item)) button.append(element("span", "on", "●"));
  }

  function drawDetails(item) {
    const use = find("use");
    use.disabled = find("drop").disabled = !item;
    if (!item) {
      find("details").replaceChildren(element("p", "quiet", words.nothing));
      use.textContent = words.use;
      return;
    }
    use.textContent = !worn.has(item.kind) ? words.use : equipped.has(item) ? words.unequip : words.equip;
    const heading = element("h2", "", item.name);
    const text = element("p", "", item.description);
    heading.dir = text.dir = "auto";
    find("details").replaceChildren(heading, element("p", item.rarity, `${words[item.rarity]} · ${words[item.kind]}`), text);
  }

  const say = (text, item) => (find("status").textContent = fill(text, { name: item.name }));

  function use() {
    const item = bag[chosen];
    if (!item) return;
    if (!worn.has(item.kind)) {
      say(words.used, item);
      takeOne(item);
    } else if (equipped.delete(item)) {
      say(words.removed, item);
    } else {
      for (const other of [...equipped]) if (other.kind === item.kind) equipped.delete(other);
      equipped.add(item);
      say(words.equipped, item);
    }
    draw();
  }

  function drop() {
    const item = bag[chosen];
    if (!item) return;
    say(words.dropped, item);
    takeOne(item);
    draw();
  }

  function takeOne(item) {
    item.count -= 1;
    if (item.count > 0) return;
    equipped.delete(item);
    bag[chosen] = null;
    chosen = -1;
  }

  function columns() {
    const top = slots[0].offsetTop;
    const wrapped = slots.findIndex((slot) => slot.offsetTop > top);
    return wrapped < 0 ? slots.length : wrapped;
  }

  find("slots").addEventListener("keydown", (event) => {
    const from = slots.indexOf(document.activeElement);
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns(), ArrowDown: columns() }[event.key];
    if (step && slots[from + step]) {
      event.preventDefault();
      slots[from + step].focus();
    } else if (event.code === "KeyU") use();
    else if (event.key === "Delete") drop();
  });
  find("use").addEventListener("click", use);
  find("drop").addEventListener("click", drop);
  draw();
})();
