"use strict";
// The explorer: which maps are shown, what is looked at and selected, and its views, which all show the same images.
(() => {
  const source = document.getElementById("explorer-data");
  if (!source) return;
  const data = JSON.parse(source.textContent), el = (name) => document.getElementById(name);
  const app = { hover: -1, chosen: -1, map: null, table: null, ink: "", paper: "" };
  let classes = [], selected = new Uint8Array(0), number = 0, before = null, limit = null, shownPoints = null, similar = [];
  let onlyUnlike = false, turn = 0, due = 0; // due: when what is selected is made anew below the views

  const isShown = (point) => classes[app.map.class[point]] && !(limit !== null && app.table.drawn[point] > limit) && !(onlyUnlike && !app.map.unlike[point]);
  app.shown = isShown;
  app.shownPoints = () => shownPoints || (shownPoints = app.table.id.map((_, point) => point).filter(isShown));
  app.count = () => number;
  app.chosenOnly = (point) => !number || selected[point];
  app.points = () => app.shownPoints().filter((point) => !number || selected[point]);
  app.alike = () => similar;
  app.mode = () => document.querySelector("input[name=mode]:checked").value;
  app.setMode = (name) => { document.querySelector(`input[name=mode][value=${name}]`).checked = true; };
  app.say = (words) => { el("map-says").textContent = words; };
  app.sign = (index) => {
    const sign = document.createElement("canvas");
    sign.width = sign.height = 36;
    sign.className = "sign";
    marks.mark(sign.getContext("2d"), app.map.marks[index], app.ink, 18, 18, 12);
    return sign;
  };

  const all = ["map", "beside", "planet", "time"].map((name) => scatter(el(name), app));
  const [main, beside, planet, time] = all, open = () => all.filter((view) => view.shows());
  const draw = () => open().forEach((view) => view.draw()), again = () => open().forEach((view) => view.again());
  all.forEach((view) => brush(view, app));
  const below = panel(app);

  const changed = (view) => { // what is selected; view: where it is being drawn, the others then follow in turn
    number = app.shownPoints().reduce((sum, point) => sum + selected[point], 0);
    const others = view ? open().filter((one) => one !== view) : [];
    if (others.length) { view.draw(); others[turn++ % others.length].draw(); } else draw();
    below.count();
  };
  app.begin = () => { before = selected.slice(); };
  app.brush = (points, how, view) => { // while an outline is drawn: what lies within
    selected = how === "replace" ? new Uint8Array(before.length) : before.slice();
    for (const point of points) selected[point] = how === "remove" ? 0 : 1;
    changed(view);
  };
  app.cancel = () => { if (before) { selected = before; changed(); } };
  app.end = () => { if (before) { before = null; draw(); below.render(); } };
  app.select = (points) => {
    selected = new Uint8Array(selected.length);
    for (const point of points) selected[point] = 1;
    changed();
    below.render();
  };
  app.toggle = (point) => {
    if (point < 0) return;
    selected[point] = 1 - selected[point];
    changed();
    below.render();
    app.say(`${facts.say(app.table, app.map, point)}, ${selected[point] ? "selected" : "no longer selected"}; ${number} selected`);
  };

  const tip = el("tip");
  app.look = (point, view) => {
    if (point === app.hover) return;
    app.hover = point;
    tip.hidden = point < 0 || view !== main;
    tip.replaceChildren();
    if (!tip.hidden) {
      const small = document.createElement("canvas"), text = document.createElement("span");
      small.width = small.height = 64;
      small.hidden = !app.thumb(small.getContext("2d"), point, 0, 0, 64);
      text.textContent = facts.of(app.table, app.map, point).map(([name, value]) => `${name}: ${value}`).join("\n");
      tip.append(small, text);
      const [x, y] = main.place(point), { wide, high } = main.area, left = x > wide / 2 ? x - tip.offsetWidth - 18 : x + 18;
      tip.style.transform = `translate(${Math.max(0, left)}px, ${Math.max(0, Math.min(high - tip.offsetHeight, y - 30))}px)`;
    }
    app.say(point < 0 ? "" : facts.say(app.table, app.map, point));
    again();
  };
  const add = (list, name, value) => {
    const term = document.createElement("dt"), text = document.createElement("dd");
    [term.textContent, text.textContent] = [name, value];
    list.append(term, text);
    return text;
  };
  app.keep = (point) => {
    app.chosen = point;
    similar = facts.similar(app.map, point);
    const list = el("facts"), big = el("chosen"), { table, map } = app;
    list.replaceChildren();
    big.hidden = point < 0;
    el("hint").hidden = point >= 0;
    el("similar").hidden = !similar.length;
    el("similar-thumbs").replaceChildren(...similar.map((one) => facts.button(app, one)));
    if (point >= 0) {
      const to = big.getContext("2d");
      to.clearRect(0, 0, 160, 160);
      to.imageSmoothingEnabled = false;
      big.hidden = !app.thumb(to, point, 0, 0, 160);
      for (const [name, value] of [...facts.of(table, map, point), ...facts.more(table, map, point)]) add(list, name, value);
      const place = table.source[point], link = table.links[place];
      const named = add(list, link ? "source file" : "source, in its archive", link ? "" : table.sources[place]);
      if (link) {
        const anchor = document.createElement("a");
        anchor.href = link;
        anchor.textContent = table.sources[place];
        named.append(anchor);
      }
    }
    again();
  };
  const loaded = () => { // a sheet of thumbnails
    all.forEach((view) => { if (view.shows()) view.loaded(); });
    clearTimeout(due);
    due = setTimeout(() => { below.refresh(); if (app.chosen >= 0) app.keep(app.chosen); }, 50);
  };

  const colours = () => { ({ color: app.ink, backgroundColor: app.paper } = getComputedStyle(el("map"))); };
  app.thumbOf = (table) => facts.thumb(data, table, loaded);

  const filtered = () => { shownPoints = null; app.look(-1, main); changed(); below.render(); };
  const legend = () => {
    el("class-legend").textContent = app.map.kind === "class" ? "Classes" : "True classes";
    const counts = classes.map(() => 0), drawn = classes.map(() => 0), { map, table } = app, most = Number(el("drawn-share").value) / 100;
    map.class.forEach((one, point) => { counts[one]++; if (table.drawn && table.drawn[point] > most) drawn[one]++; });
    el("class-boxes").replaceChildren(...map.classes.map((name, index) => {
      const label = document.createElement("label"), box = document.createElement("input");
      box.type = "checkbox";
      box.checked = classes[index];
      box.addEventListener("change", () => { classes[index] = box.checked; filtered(); });
      label.append(box, app.sign(index), `${name} (${counts[index]})${2 * drawn[index] > counts[index] ? ", mostly drawn out" : ""}`);
      return label;
    }));
    el("unlike-filter").hidden = !map.unlike;
    if (map.unlike) el("unlike-count").textContent = `${map.unlike.reduce((a, b) => a + b, 0)} of ${map.class.length}`;
    el("drawn-filter").hidden = !table.drawn;
    el("drawn-count").textContent = `${drawn.reduce((a, b) => a + b, 0)} of ${map.class.length}`;
  };
  const limited = () => { limit = el("drawn-hide").checked && app.table.drawn ? Number(el("drawn-share").value) / 100 : null; onlyUnlike = el("unlike-only").checked && Boolean(app.map.unlike); legend(); filtered(); };

  const placed = () => { // the views beside the maps
    const axes = views.planetAxes(app.table), axis = axes.includes(el("planet-axis").value) ? el("planet-axis").value : axes[0];
    el("planet-axis").replaceChildren(...axes.map((one) => new Option(views.axisName(one), one, false, one === axis)));
    el("planet-view").hidden = !axes.length;
    planet.show(axes.length ? views.planet(app.table, app.map, axis) : null);
  };
  const together = (index) => { // which map stands beside the main one
    const other = index === "" ? null : data.maps[index];
    el("beside-view").hidden = !other;
    el("beside-title").textContent = other ? other.title : "";
    beside.show(other ? views.map(app.table, other) : null);
    draw();
  };
  const choose = (index) => {
    const map = data.maps[index], table = data.tables[map.table];
    if (!app.table || table.family !== app.table.family) selected = new Uint8Array(table.id.length); // else the same images stay selected
    Object.assign(app, { map, table, hover: -1, chosen: -1, thumb: app.thumbOf(table) });
    colours();
    classes = map.classes.map(() => true);
    shownPoints = null;
    el("map-title").textContent = map.title;
    el("map-note").textContent = (table.simulated ? "Simulated input. " : "") + map.note;
    const others = data.maps.map((one, n) => [one, n]).filter(([one, n]) => n !== index && data.tables[one.table].family === table.family);
    el("beside-label").hidden = !others.length;
    el("beside-set").replaceChildren(new Option("none", ""), ...others.map(([one, n]) => new Option(one.title, n)));
    main.show(views.map(table, map));
    placed();
    const when = views.time(table, map);
    el("time-view").hidden = !when;
    time.show(when);
    together("");
    app.keep(-1);
    below.show();
    limited();
  };

  el("zoom-in").addEventListener("click", () => main.zoom(1.5));
  el("zoom-out").addEventListener("click", () => main.zoom(1 / 1.5));
  el("zoom-all").addEventListener("click", () => open().forEach((view) => view.all()));
  el("drawn-share").value = 100 * data.drawnOut;
  for (const name of ["drawn-hide", "drawn-share", "unlike-only"]) el(name).addEventListener("change", limited);
  el("planet-axis").addEventListener("change", placed);
  el("map-set").append(...data.maps.map((one, index) => new Option(one.title, index)));
  el("map-set").addEventListener("change", (event) => choose(Number(event.target.value)));
  el("beside-set").addEventListener("change", (event) => together(event.target.value));
  el("explorer-app").hidden = false;
  choose(Number(el("map-set").value) || 0);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    colours();
    legend();
    below.refresh();
    draw();
  });
})();
