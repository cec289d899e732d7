"use strict";
// What mouse, fingers and keys do in a view: look, move, zoom, and draw a lasso or a box around points.
const brush = (view, app) => {
  const { canvas, area } = view, FAR = 4; // px from where a click becomes a drag
  let drag = null, drawing = null; // drawing: the outline that keys make
  const at = (event) => {
    const box = canvas.getBoundingClientRect();
    return [event.clientX - box.left - 1, event.clientY - box.top - 1];
  };
  const how = (event) => event.shiftKey ? "add" : event.altKey ? "remove" : "replace";
  const rectangle = ([[x0, y0], [x1, y1]]) => [[x0, y0], [x1, y0], [x1, y1], [x0, y1]];
  const outlined = (corners, cross, kind, way) => { // shows what lies within while it is drawn
    view.outline = { corners, cross, closed: corners.length > 2 && (kind === "box" || !cross) };
    app.brush(corners.length > 2 ? view.inside(corners) : [], way, view);
    view.again();
  };
  const give_up = () => {
    drag = drawing = view.outline = null;
    app.end();
    view.again();
  };

  canvas.addEventListener("pointerdown", (event) => {
    if (drawing) give_up();
    drag = { x: event.clientX, y: event.clientY, far: false, kind: app.mode(), path: [at(event)] };
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    const [px, py] = at(event);
    if (!drag) { if (!drawing) app.look(view.nearest(px, py), view); return; }
    const dx = event.clientX - drag.x, dy = event.clientY - drag.y;
    if (!drag.far && Math.hypot(dx, dy) < FAR) return;
    if (!drag.far && drag.kind !== "look") app.begin();
    drag.far = true;
    app.look(-1, view);
    if (drag.kind === "look") {
      view.pan(dx, dy);
      [drag.x, drag.y] = [event.clientX, event.clientY];
      return;
    }
    const [lastX, lastY] = drag.path[drag.path.length - 1];
    if (drag.kind === "box") drag.path = [drag.path[0], [px, py]];
    else if (Math.hypot(px - lastX, py - lastY) >= FAR) drag.path.push([px, py]);
    drag.way = how(event);
    if (!drag.due) requestAnimationFrame(() => { // once a picture, however often the mouse tells where it is
      if (!drag) return;
      drag.due = false;
      outlined(drag.kind === "box" ? rectangle(drag.path) : drag.path, null, drag.kind, drag.way);
    });
    drag.due = true;
  });
  canvas.addEventListener("pointerup", (event) => {
    if (!drag) return;
    const { far, kind, path } = drag;
    drag = null;
    if (!far) {
      const point = view.nearest(...at(event));
      app.look(point, view);
      app.keep(point);
    } else if (kind !== "look") {
      outlined(kind === "box" ? rectangle(path) : path, null, kind, how(event));
      give_up();
    }
  });
  canvas.addEventListener("pointercancel", () => { if (drag) { app.cancel(); give_up(); } });
  canvas.addEventListener("pointerleave", () => { if (!drag && !drawing) app.look(-1, view); });
  canvas.addEventListener("wheel", (event) => {
    if (drag || drawing) return;
    event.preventDefault();
    app.look(-1, view);
    view.zoom(Math.exp(-event.deltaY * 0.0018), ...at(event));
  }, { passive: false });

  const move = (dx, dy, event) => {
    if (app.mode() === "look") { app.look(view.next(app.hover, dx, -dy), view); return; }
    const far = event.shiftKey ? 2 : 16;
    if (!drawing) {
      drawing = { kind: app.mode(), corners: [], cross: [area.left + area.wide / 2, area.top + area.high / 2] };
      app.look(-1, view);
      app.begin();
    }
    const [x, y] = drawing.cross;
    drawing.cross = [Math.max(area.left, Math.min(area.left + area.wide, x + far * dx)),
      Math.max(area.top, Math.min(area.top + area.high, y + far * dy))];
    trace("replace");
  };
  const trace = (way) => {
    const { kind, corners, cross } = drawing;
    const path = kind === "box" && corners.length ? rectangle([corners[0], cross]) : [...corners, ...(corners.length > 1 ? [cross] : [])];
    outlined(corners.length ? path : [], cross, kind, way);
    app.say(`${kind}, ${corners.length} ${corners.length === 1 ? "corner" : "corners"} set, cross at ${cross.map(Math.round).join(", ")}; ${app.count()} images selected`);
  };
  const corner = (event) => {
    if (app.mode() === "look") { app.toggle(app.hover); return; }
    if (!drawing) { move(0, 0, event); }
    if (drawing.kind === "box" && drawing.corners.length) { close(event); return; }
    drawing.corners.push(drawing.cross);
    trace(how(event));
  };
  const close = (event) => {
    if (app.mode() === "look") { app.keep(app.hover); return; }
    if (!drawing || !drawing.corners.length) return;
    trace(how(event));
    const words = `${app.count()} images selected`;
    give_up();
    app.say(words);
  };
  const leave = () => {
    if (drawing || drag) { app.cancel(); give_up(); return; }
    app.look(-1, view);
    app.keep(-1);
  };
  const keys = { ArrowLeft: (event) => move(-1, 0, event), ArrowRight: (event) => move(1, 0, event),
    ArrowUp: (event) => move(0, -1, event), ArrowDown: (event) => move(0, 1, event), " ": corner, Enter: close, Escape: leave,
    "+": () => view.zoom(1.5), "=": () => view.zoom(1.5), "-": () => view.zoom(1 / 1.5), "0": view.all,
    l: () => app.setMode("lasso"), b: () => app.setMode("box"), v: () => app.setMode("look") };
  canvas.addEventListener("keydown", (event) => {
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (event.ctrlKey || event.metaKey || !(key in keys)) return;
    event.preventDefault();
    if (drawing && !(key.startsWith("Arrow") || [" ", "Enter", "Escape"].includes(key))) { app.cancel(); give_up(); }
    keys[key](event);
  });
  canvas.addEventListener("blur", () => { if (drawing) { app.cancel(); give_up(); } });
};
