"use strict";
// The t-SNE maps: points on a canvas, what is under the mouse or chosen by keys, and its details.
(() => {
  const source = document.getElementById("explorer-data");
  if (!source) return;
  const data = JSON.parse(source.textContent), el = (name) => document.getElementById(name);
  const canvas = el("map"), pen = canvas.getContext("2d", { willReadFrequently: true }), over = el("ring"), tip = el("tip");
  const REACH = 14, THUMBS = 400; // px to a point; images drawn at most
  const sheets = new Map();
  let set, classes, where, view, hover = -1, chosen = -1, waiting = false, fresh = false;
  let pictured = false, ink, ring, W = 1, H = 1; // the text's colour, radius of the ring, size of the map in px: asked once a picture
  const shown = (point) => classes[set.class[point]];

  const sheet = (number) => {
    const uri = set.sheets[number];
    if (!sheets.has(uri)) {
      const image = new Image();
      image.addEventListener("load", () => {
        if (pictured) draw();
        if (hover >= 0) look(hover, true);
        if (chosen >= 0) details(chosen);
      });
      image.src = uri;
      sheets.set(uri, image);
    }
    const image = sheets.get(uri);
    return image.complete && image.naturalWidth ? image : null;
  };
  const thumb = (to, point, x, y, side) => {
    const place = set.thumb[point], perSheet = data.across * data.across;
    const image = place < 0 ? null : sheet(Math.floor(place / perSheet));
    if (!image) return false;
    const inside = place % perSheet;
    to.drawImage(image, (inside % data.across) * data.side, Math.floor(inside / data.across) * data.side, data.side,
      data.side, x, y, side, side);
    return true;
  };

  const scale = () => Math.min(W, H) / view.size;
  const toX = (x) => W / 2 + (x - view.x) * scale();
  const toY = (y) => H / 2 - (y - view.y) * scale();
  const picture = (ratio) => { // all points
    const s = scale(), w = W / 2 / s, h = H / 2 / s, zoom = where.span.size / view.size, found = [];
    where.within(view.x - w, view.y - h, view.x + w, view.y + h, (point) => { if (shown(point)) found.push(point); });
    const radius = Math.min(7, (found.length > 3000 ? 2 : found.length > 800 ? 2.8 : 4) * Math.pow(zoom, 0.25));
    const stamps = set.marks.map((look) => marks.stamp(look, ink, radius * ratio));
    const pixels = pen.createImageData(canvas.width, canvas.height), to = new Uint32Array(pixels.data.buffer);
    pictured = found.length <= THUMBS && zoom > 1.5;
    for (const point of pictured ? found.filter((one) => set.thumb[one] < 0) : found)
      marks.put(to, canvas.width, canvas.height, stamps[set.class[point]], toX(set.x[point]) * ratio, toY(set.y[point]) * ratio);
    pen.putImageData(pixels, 0, 0);
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    const side = Math.min(64, 20 * Math.sqrt(zoom));
    for (const point of pictured ? found.filter((one) => set.thumb[one] >= 0) : []) {
      const x = toX(set.x[point]), y = toY(set.y[point]), image = thumb(pen, point, x - side / 2, y - side / 2, side);
      marks.mark(pen, set.marks[set.class[point]], ink, image ? x - side / 2 : x, image ? y - side / 2 : y, image ? 4.5 : radius);
    }
    ring = (pictured ? side * 0.75 : radius) + 4;
    canvas.dataset.points = found.length;
    canvas.dataset.zoom = zoom.toFixed(3);
  };
  const paint = () => {
    waiting = false;
    const start = performance.now(), ratio = window.devicePixelRatio || 1, to = over.getContext("2d");
    W = Math.max(1, canvas.clientWidth);
    H = Math.max(1, canvas.clientHeight);
    const wide = Math.round(W * ratio), high = Math.round(H * ratio);
    if (canvas.width !== wide || canvas.height !== high) {
      canvas.width = over.width = wide;
      canvas.height = over.height = high;
      fresh = false;
    }
    ink = getComputedStyle(canvas).color;
    if (!fresh) picture(ratio);
    fresh = true;
    to.setTransform(ratio, 0, 0, ratio, 0, 0); // a canvas above the points: hovering draws no point again
    to.clearRect(0, 0, W, H);
    to.strokeStyle = ink;
    for (const [point, width] of [[chosen, 3], [hover, 2]]) {
      if (point < 0 || !shown(point)) continue;
      to.lineWidth = width;
      to.beginPath();
      to.arc(toX(set.x[point]), toY(set.y[point]), ring, 0, 7);
      to.stroke();
    }
    canvas.dataset.paintMs = (performance.now() - start).toFixed(2);
  };
  const again = () => { if (!waiting) { waiting = true; requestAnimationFrame(paint); } };
  const draw = () => { fresh = false; again(); };

  const facts = (point) => {
    const made = [["id", String(set.id[point])], [set.kind, set.classes[set.class[point]]]];
    if (set.found.length) made.push(["found as", set.found[point]]);
    for (const [key, name, unit] of [["lat", "latitude", "°"], ["lon", "longitude", "°"], ["hour", "local time", "h"]])
      if (set[key] && set[key][point] !== null) made.push([name, `${set[key][point].toFixed(2)} ${unit}`]);
    if (set.time.length) made.push(["time (UTC)", set.time[point]]);
    return made;
  };
  const say = (point) => point < 0 ? "" : facts(point).map(([name, value]) => `${name} ${value}`).join(", ");
  const look = (point, announce) => {
    if (point === hover && !announce) return;
    hover = point;
    tip.hidden = point < 0;
    tip.replaceChildren();
    if (point >= 0) {
      const small = document.createElement("canvas"), text = document.createElement("span");
      small.width = small.height = 64;
      if (!thumb(small.getContext("2d"), point, 0, 0, 64)) small.hidden = true;
      text.textContent = facts(point).map(([name, value]) => `${name}: ${value}`).join("\n");
      tip.append(small, text);
      const x = toX(set.x[point]), y = toY(set.y[point]);
      const left = x > W / 2 ? x - tip.offsetWidth - 18 : x + 18;
      tip.style.transform = `translate(${Math.max(0, left)}px, ${Math.max(0, Math.min(H - tip.offsetHeight, y - 30))}px)`;
    }
    el("map-says").textContent = say(point);
    again();
  };
  const details = (point) => {
    chosen = point;
    const list = el("facts"), big = el("chosen");
    list.replaceChildren();
    big.hidden = point < 0;
    el("hint").hidden = point >= 0;
    if (point >= 0) {
      const to = big.getContext("2d");
      to.clearRect(0, 0, 160, 160);
      to.imageSmoothingEnabled = false;
      big.hidden = !thumb(to, point, 0, 0, 160);
      for (const [name, value] of facts(point)) add(list, name, value);
      const place = set.source[point], link = set.links[place];
      const named = add(list, link ? "source file" : "source, in its archive", link ? "" : set.sources[place]);
      if (link) {
        const anchor = document.createElement("a");
        anchor.href = link;
        anchor.textContent = set.sources[place];
        named.append(anchor);
      }
    }
    again();
  };
  const add = (list, name, value) => {
    const term = document.createElement("dt"), text = document.createElement("dd");
    [term.textContent, text.textContent] = [name, value];
    list.append(term, text);
    return text;
  };

  const nearest = (px, py) =>
    where.nearest(view.x + (px - W / 2) / scale(), view.y - (py - H / 2) / scale(), REACH / scale(), shown);
  const step = (dx, dy) => { // the first step goes to the point nearest to the middle
    const best = hover < 0 ? where.nearest(view.x, view.y, 2 * where.span.size, shown) : where.next(hover, dx, dy, shown);
    if (best < 0) return;
    const w = W / 2.2 / scale(), h = H / 2.2 / scale();
    view.x = Math.max(set.x[best] - w, Math.min(set.x[best] + w, view.x));
    view.y = Math.max(set.y[best] - h, Math.min(set.y[best] + h, view.y));
    look(best, true);
    draw();
  };
  const zoom = (factor, px = W / 2, py = H / 2) => {
    const size = Math.max(where.span.size / 200, Math.min(where.span.size * 1.15, view.size / factor)), before = scale();
    const x = view.x + (px - W / 2) / before, y = view.y - (py - H / 2) / before;
    view.size = size;
    view.x = x - (px - W / 2) / scale();
    view.y = y + (py - H / 2) / scale();
    look(-1);
    draw();
  };
  const all = () => {
    const { x, y, size } = where.span;
    view = { x: x + size / 2, y: y + size / 2, size: size * 1.06 };
    look(-1);
    draw();
  };

  const drawSign = (sign, index) => {
    sign.width = sign.height = 36; // also clears it
    marks.mark(sign.getContext("2d"), set.marks[index], ink, 18, 18, 12);
  };
  const choose = (number) => {
    [set, hover, chosen] = [data.sets[number], -1, -1];
    where = points(set.x, set.y);
    classes = set.classes.map(() => true);
    ink = getComputedStyle(canvas).color;
    el("class-legend").textContent = set.kind === "class" ? "Classes" : "True classes";
    el("map-note").textContent = (set.simulated ? "Simulated input. " : "") + set.note;
    el("class-boxes").replaceChildren(...set.classes.map((name, index) => {
      const label = document.createElement("label"), box = document.createElement("input"), sign = document.createElement("canvas");
      box.type = "checkbox";
      box.checked = true;
      box.addEventListener("change", () => { classes[index] = box.checked; look(-1); draw(); });
      drawSign(sign, index);
      label.append(box, sign, `${name} (${set.class.filter((one) => one === index).length})`);
      return label;
    }));
    details(-1);
    all();
  };

  let drag = null;
  const at = (event) => { const box = canvas.getBoundingClientRect(); return [event.clientX - box.left - 1, event.clientY - box.top - 1]; };
  canvas.addEventListener("pointerdown", (event) => {
    drag = { x: event.clientX, y: event.clientY, far: false };
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!drag) { look(nearest(...at(event))); return; }
    const dx = event.clientX - drag.x, dy = event.clientY - drag.y;
    if (!drag.far && Math.hypot(dx, dy) < 4) return;
    view.x -= dx / scale();
    view.y += dy / scale();
    drag = { x: event.clientX, y: event.clientY, far: true };
    look(-1);
    draw();
  });
  canvas.addEventListener("pointerup", (event) => {
    if (drag && !drag.far) { const point = nearest(...at(event)); look(point); details(point); }
    drag = null;
  });
  canvas.addEventListener("pointercancel", () => { drag = null; });
  canvas.addEventListener("pointerleave", () => { if (!drag) look(-1); });
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    zoom(Math.exp(-event.deltaY * 0.0018), ...at(event));
  }, { passive: false });
  const keys = { ArrowLeft: () => step(-1, 0), ArrowRight: () => step(1, 0), ArrowUp: () => step(0, 1),
    ArrowDown: () => step(0, -1), "+": () => zoom(1.5), "=": () => zoom(1.5), "-": () => zoom(1 / 1.5), "0": all,
    Enter: () => { if (hover >= 0) details(hover); }, Escape: () => { look(-1); details(-1); } };
  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !(event.key in keys)) return;
    event.preventDefault();
    keys[event.key]();
  });
  el("zoom-in").addEventListener("click", () => zoom(1.5));
  el("zoom-out").addEventListener("click", () => zoom(1 / 1.5));
  el("zoom-all").addEventListener("click", all);
  el("map-set").append(...data.sets.map((one, index) => new Option(one.title, index)));
  el("map-set").addEventListener("change", (event) => choose(Number(event.target.value)));
  el("explorer-app").hidden = false;
  choose(Number(el("map-set").value) || 0);
  new ResizeObserver(again).observe(canvas);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    ink = getComputedStyle(canvas).color;
    document.querySelectorAll("#class-boxes canvas").forEach((sign, index) => drawSign(sign, index));
    draw();
  });
})();
