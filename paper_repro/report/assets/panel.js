"use strict";
// What is selected, or else all that is shown: how many, of which classes, where, when, and the images themselves.
const panel = (app) => {
  const el = (name) => document.getElementById(name), SVG = "http://www.w3.org/2000/svg", PAGE = innerWidth < 600 ? 20 : 48;
  let shownImages = PAGE, notes = null;

  const make = (name, ...inside) => { const made = document.createElement(name); made.append(...inside); return made; };
  const draw = (name, attributes, text = "") => {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.textContent = text;
    return made;
  };
  const percent = (part, whole) => whole ? `${(100 * part / whole).toFixed(part && part / whole < 0.1 ? 1 : 0)} %` : "–";
  const counted = (points, of, bins) => {
    const counts = new Array(bins).fill(0);
    for (const point of points) { const bin = of(point); if (bin >= 0) counts[Math.min(bins - 1, bin)]++; }
    return counts;
  };

  const shares = (points, everything) => {
    const { map } = app, own = counted(points, (one) => map.class[one], map.classes.length);
    const whole = counted(everything, (one) => map.class[one], map.classes.length), rows = make("tbody");
    map.classes.forEach((name, number) => {
      if (!whole[number]) return;
      const bar = draw("svg", { viewBox: "0 0 100 10", preserveAspectRatio: "none", class: "share", "aria-hidden": "true" });
      bar.append(draw("rect", { class: "own", width: 100 * own[number] / (points.length || 1), height: 10 }),
        draw("rect", { class: "whole", x: Math.max(0, 100 * whole[number] / everything.length - 0.6), width: 1.2, height: 10 }));
      const head = make("th", app.sign(number), ` ${name}`), cells = [String(own[number]), percent(own[number], points.length), percent(whole[number], everything.length)];
      head.scope = "row";
      const texts = cells.map((text) => { const made = make("td", text); made.className = "n"; return made; });
      rows.append(make("tr", head, ...texts, make("td", bar)));
    });
    const heads = ["Class", "images", "share", "of all", ""].map((text) => { const made = make(text ? "th" : "td", text); if (text) made.scope = "col"; return made; });
    const table = make("table", make("caption", app.map.kind === "class" ? "Classes" : "True classes"), make("thead", make("tr", ...heads)), rows);
    el("selected-classes").replaceChildren(table);
  };

  const histogram = (where, key, title, unit, low, wide, bins, points, everything) => {
    const values = app.table[key], target = el(where);
    target.replaceChildren();
    if (!values) return;
    const bin = (one) => values[one] === null ? -1 : Math.floor((values[one] - low) / wide);
    const own = counted(points, bin, bins), whole = counted(everything, bin, bins), sum = (counts) => counts.reduce((a, b) => a + b, 0);
    const parts = [own, whole].map((counts) => counts.map((count) => count / (sum(counts) || 1)));
    const high = Math.max(...parts[0], ...parts[1], 1e-9), W = 240, H = 90, each = W / bins;
    const known = points.map((one) => values[one]).filter((value) => value !== null).sort((a, b) => a - b);
    const words = known.length ? `${known[0].toFixed(1)} to ${known[known.length - 1].toFixed(1)}${unit}, median ${known[known.length >> 1].toFixed(1)}${unit}` : "unknown";
    const picture = draw("svg", { viewBox: `0 0 ${W} ${H + 18}`, class: "histogram", role: "img", "aria-label": `${title}: ${words}` });
    parts[0].forEach((part, n) => picture.append(draw("rect", { class: "own", x: n * each + 0.5, width: each - 1, y: H - H * part / high, height: H * part / high })));
    const steps = parts[1].map((part, n) => `H${n * each}V${H - H * part / high}H${(n + 1) * each}`).join("");
    picture.append(draw("path", { class: "whole", d: `M0 ${H}${steps}V${H}` }), draw("path", { class: "axis", d: `M0 ${H}H${W}` }));
    for (let n = 0; n <= 4; n++)
      picture.append(draw("text", { x: n * W / 4, y: H + 14, "text-anchor": n === 0 ? "start" : n === 4 ? "end" : "middle" },
        `${low + n * bins * wide / 4}${unit}`.replace("-", "−")));
    target.append(make("h4", title), picture, make("p", words.replaceAll("-", "−")));
  };

  const ORDERS = { "": ["in the set's order", null, () => ""],
    unlike: ["odd ones first: farthest beyond the limit of their class", "beyond", (one) => app.map.beyond[one] === null ? "" : `${app.map.beyond[one].toFixed(2)}${app.map.unlike[one] ? " unlike" : ""}`],
    far: ["odd ones first: far from their class's centre", "distance", (one) => app.map.distance[one] === null ? "" : app.map.distance[one].toFixed(2)],
    close: ["odd ones first: small margin to another class", "margin", (one) => app.map.margin[one] === null ? "" : app.map.margin[one].toFixed(2)],
    drawn: ["most drawn out first", "drawn", (one) => percent(app.table.drawn[one] || 0, 1)] };
  const sorted = (points) => {
    const order = el("sort").value, values = app.map[ORDERS[order][1]] || app.table[ORDERS[order][1]];
    if (!values) return points;
    const sign = order === "close" ? 1 : -1, key = (one) => values[one] === null ? Infinity : sign * values[one];
    return [...points].sort((a, b) => key(a) - key(b) || a - b);
  };
  const gallery = () => {
    const points = sorted(app.points()), caption = ORDERS[el("sort").value][2];
    el("gallery").replaceChildren(...points.slice(0, shownImages).map((one) => facts.button(app, one, caption(one))));
    el("more-images").hidden = points.length <= shownImages;
    el("more-images").textContent = `show more (${points.length - Math.min(points.length, shownImages)} left)`;
  };

  const kept = () => {
    const { table } = app;
    notes = exporting.notes(table.family);
    el("kept-title").hidden = !notes.kept.length;
    el("export-notes").disabled = !notes.kept.length;
    el("storage").textContent = notes.refused ? "This browser keeps nothing for this page: export your notes before you close it."
      : "Kept in this browser only; export to share.";
    el("kept").replaceChildren(...notes.kept.map((one, number) => {
      const again = make("button", `${one.ids.length} ${one.ids.length === 1 ? "image" : "images"}`), away = make("button", "remove");
      for (const button of [again, away]) button.type = "button";
      again.setAttribute("aria-label", `select these ${one.ids.length} images again: ${one.note}`);
      again.addEventListener("click", () => {
        const wanted = new Set(one.ids), found = [];
        table.id.forEach((id, point) => { if (wanted.has(id)) found.push(point); });
        app.select(found);
        el("note").value = one.note;
      });
      away.setAttribute("aria-label", `remove the selection: ${one.note}`);
      away.addEventListener("click", () => { notes.kept.splice(number, 1); notes.store(); kept(); });
      return make("li", again, make("span", one.note || "(no note)"), away);
    }));
  };

  const count = () => { // while something is being selected, nothing else is made anew
    const selected = app.count(), shown = app.shownPoints().length;
    el("selected-count").textContent = selected ? `${selected} of ${shown} images selected` : `Nothing selected: all ${shown} images shown`;
    el("select-none").disabled = el("keep").disabled = !selected;
  };
  const render = () => {
    const points = app.points(), everything = app.shownPoints();
    count();
    shares(points, everything);
    histogram("selected-latitudes", "lat", "Latitude", "°", -90, 10, 18, points, everything);
    histogram("selected-hours", "hour", "Local time", " h", 0, 1, 24, points, everything);
    gallery();
  };
  const show = () => { // another map
    const before = el("sort").options.length ? el("sort").value : "unlike", open = Object.entries(ORDERS).filter(([, [, key]]) => !key || app.map[key] || app.table[key]);
    el("sort").replaceChildren(...open.map(([value, [text]]) => new Option(text, value)));
    el("sort").value = open.some(([value]) => value === before) ? before : "";
    kept();
  };
  const file = (end) => `${app.table.name}${app.table.simulated ? "-simulated" : ""}-${end}`;
  el("sort").addEventListener("change", () => { shownImages = PAGE; gallery(); });
  el("more-images").addEventListener("click", () => { shownImages += 2 * PAGE; gallery(); });
  el("select-shown").addEventListener("click", () => app.select(app.shownPoints()));
  el("select-none").addEventListener("click", () => app.select([]));
  el("keep").addEventListener("click", () => {
    notes.kept.push({ note: el("note").value.trim(), map: app.map.title, ids: app.points().map((one) => app.table.id[one]) });
    notes.store();
    el("note").value = "";
    kept();
  });
  el("export-csv").addEventListener("click", () => exporting.save(file("images.csv"), exporting.images(app.table, app.map, app.points(), el("note").value.trim()), "text/csv"));
  el("export-files").addEventListener("click", () => exporting.save(file("files.txt"), exporting.files(app.table, app.points()), "text/plain"));
  el("export-notes").addEventListener("click", () => exporting.save(file("notes.csv"), notes.csv(app.table), "text/csv"));
  return { show, render: () => { shownImages = PAGE; render(); }, refresh: render, count };
};
