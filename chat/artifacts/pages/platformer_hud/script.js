(() => {
  "use strict";
  const data = JSON.parse(document.getElementById("page-data").textContent);
  const words = document.getElementById("game").dataset;
  const find = (id) => document.getElementById(id);
  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  const stage = find("stage");
  const pen = stage.getContext("2d");
  const GROUND = 400;
  const HERO = 170;
  const GRAVITY = 2600;
  const JUMP = -1080;
  const PACE = 260 + 70 * data.speed;
  let game = null;
  let frame = 0;
  let before = 0;

  function fresh() {
    return { state: "ready", lives: data.lives, coins: data.coins, score: 0, left: data.seconds, y: 0, rising: 0, things: [], until: 0.6, safe: 0, way: 0 };
  }

  function hud() {
    const most = Math.max(data.lives, game.lives);
    find("lives").textContent = "♥".repeat(game.lives) + "♡".repeat(most - game.lives);
    find("lives").setAttribute("aria-label", fill(words.lives, { n: game.lives }));
    find("coins").textContent = fill(words.coins, { n: game.coins, goal: data.goal });
    find("score").textContent = fill(words.score, { n: game.score });
    find("time").textContent = fill(words.time, { n: Math.ceil(game.left) });
    find("jump").disabled = game.state !== "running";
    const label = { ready: words.start, running: words.pause, paused: words.resume, over: words.again };
    find("run").textContent = label[game.state];
  }

  const say = (text, n) => (find("status").textContent = fill(text, { n }));

  function jump() {
    if (game.state === "running" && game.y === 0) game.rising = JUMP;
  }

  function toggle() {
    if (game.state === "over") begin();
    game.state = game.state === "running" ? "paused" : "running";
    before = performance.now();
    cancelAnimationFrame(frame);
    if (game.state === "running") frame = requestAnimationFrame(tick);
    hud();
  }

  function tick(now) {
    step(Math.min(0.04, (now - before) / 1000));
    before = now;
    draw();
    if (game.state === "running") frame = requestAnimationFrame(tick);
  }

  function step(seconds) {
    game.left -= seconds;
    game.way += PACE * seconds;
    game.safe -= seconds;
    game.rising += GRAVITY * seconds;
    game.y = Math.min(0, game.y + game.rising * seconds);
    if (game.y === 0) game.rising = 0;
    if ((game.until -= seconds) <= 0) appear();
    for (const thing of game.things) thing.x -= PACE * seconds;
    game.things = game.things.filter((thing) => thing.x > -60 && !meet(thing));
    if (game.coins >= data.goal) end(words.won);
    else if (game.lives <= 0 || game.left <= 0) end(words.lost);
    hud();
  }

  function appear() {
    game.until = 0.7 + Math.random() * 0.6;
    const thorn = Math.random() < 0.4;
    const height = thorn ? 0 : Math.random() < 0.5 ? 30 : 170;
    game.things.push({ x: stage.width + 40, height, thorn });
  }

  /** Whether the hero has taken the thing, or run into it. */
  function meet(thing) {
    if (Math.abs(thing.x - HERO) > 44) return false;
    const apart = Math.abs(-game.y + 30 - thing.height - (thing.thorn ? 20 : 0));
    if (!thing.thorn) {
      if (apart > 70) return false;
      game.coins += 1;
      game.score += 10;
      return true;
    }
    if (apart > 45 || game.safe > 0) return false;
    game.lives -= 1;
    game.safe = 1;
    say(words.hit, game.lives);
    return true;
  }

  function end(text) {
    game.state = "over";
    game.left = Math.max(0, game.left);
    if (text === words.won) game.score += Math.ceil(game.left) * 2;
    say(text, game.score);
  }

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  function draw() {
    const dark = matchMedia("(prefers-color-scheme: dark)").matches;
    const sky = pen.createLinearGradient(0, 0, 0, GROUND);
    sky.addColorStop(0, dark ? "#16233d" : "#a9d8ff");
    sky.addColorStop(1, dark ? "#2c3b5c" : "#eaf6ff");
    pen.fillStyle = sky;
    pen.fillRect(0, 0, stage.width, stage.height);
    hills(dark ? "#24324d" : "#b9dcb0", 0.25, 260);
    hills(dark ? "#1d2b3c" : "#8fc684", 0.5, 180);
    pen.fillStyle = dark ? "#2d4a34" : "#5da356";
    pen.fillRect(0, GROUND, stage.width, stage.height - GROUND);
    pen.fillStyle = dark ? "#3a2c22" : "#8a6242";
    pen.fillRect(0, GROUND + 24, stage.width, stage.height);
    for (const thing of game.things) (thing.thorn ? thorn : coin)(thing);
    hero();
  }

  function hills(fillStyle, share, width) {
    pen.fillStyle = fillStyle;
    const shift = (game.way * share) % (width * 2);
    for (let x = -shift - width; x < stage.width + width * 2; x += width * 2) {
      pen.beginPath();
      pen.ellipse(x + width, GROUND, width, width * 0.5, 0, Math.PI, 0);
      pen.fill();
    }
  }

  function coin({ x, height }) {
    const squeeze = Math.abs(Math.cos(game.way / 90));
    pen.fillStyle = "#f2b807";
    pen.beginPath();
    pen.ellipse(x, GROUND - height - 30, 4 + 20 * squeeze, 24, 0, 0, Math.PI * 2);
    pen.fill();
    pen.lineWidth = 4;
    pen.strokeStyle = "#a87800";
    pen.stroke();
  }

  function thorn({ x }) {
    pen.fillStyle = "#b3261e";
    pen.beginPath();
    pen.moveTo(x - 34, GROUND);
    for (const [peak, foot] of [[-22, -10], [0, 12], [22, 34]]) {
      pen.lineTo(x + peak, GROUND - 52);
      pen.lineTo(x + foot, GROUND);
    }
    pen.fill();
  }

  function hero() {
    pen.save();
    pen.globalAlpha = game.safe > 0 && Math.floor(game.safe * 8) % 2 ? 0.35 : 1;
    pen.translate(HERO, GROUND + game.y);
    pen.scale(-1, 1);
    pen.fillStyle = colour("--ink") || "#000";
    pen.font = "72px system-ui, sans-serif";
    pen.textAlign = "center";
    pen.fillText(data.hero, 0, -6);
    pen.restore();
  }

  function begin() {
    game = fresh();
    find("level").textContent = data.level;
    find("status").textContent = words.ready;
    hud();
    draw();
  }

  document.addEventListener("keydown", (event) => {
    const onButton = event.target instanceof HTMLButtonElement;
    if (event.code === "KeyP" && game.state !== "ready" && game.state !== "over") toggle();
    else if (event.key === "ArrowUp" || (event.key === " " && !onButton)) {
      event.preventDefault();
      if (game.state === "ready") toggle();
      else jump();
    }
  });
  stage.addEventListener("pointerdown", () => (game.state === "running" ? jump() : game.state !== "over" && toggle()));
  find("jump").addEventListener("click", jump);
  find("run").addEventListener("click", toggle);
  document.addEventListener("visibilitychange", () => document.hidden && game.state === "running" && toggle());
  begin();
})();
