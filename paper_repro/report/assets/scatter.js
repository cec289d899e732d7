"use strict";
// A view of the images as points, on a canvas; rings and outlines on another above it, so that no point is drawn again.
const scatter = (canvas, app) => {
  const REACH = 14, THUMBS = 400, FAINT = 0.28; // px to a point; images drawn at most; of what isn't selected
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  const over = canvas.parentElement.querySelector(".over"), top = over.getContext("2d");
  const area = { left: 0, top: 0, wide: 1, high: 1 }; // where the points are drawn, in px
  let sheet = null;
  const stamps = new Map(); // the pixels, and the markers of one look, which don't change while points are brushed
  let plot = null, where, zoom = 1, x = 0, y = 0, waiting = false, fresh = false, pictured = false, ring = 8;
  const view = { canvas, area, outline: null }; // outline: what is being drawn around points, see brush.js

  const scales = () => {
    const { w, h } = where.span;
    if (plot.square) { const s = Math.min(area.wide, area.high) / (1.06 * w) * zoom; return [s, s]; }
    return [area.wide / (1.06 * w) * zoom, area.high / (1.12 * h) * (plot.flat ? 1 : zoom)]; // flat: zooms sideways only
  };
  let sx = 1, sy = 1;
  const toX = (value) => area.left + area.wide / 2 + (value - x) * sx;
  const toY = (value) => area.top + area.high / 2 - (value - y) * sy;
  const fromX = (px) => x + (px - area.left - area.wide / 2) / sx;
  const fromY = (py) => y - (py - area.top - area.high / 2) / sy;
  view.bounds = () => ({ left: fromX(area.left), right: fromX(area.left + area.wide),
    bottom: fromY(area.top + area.high), top: fromY(area.top) });

  const blank = () => {
    if (!sheet || sheet.pixels.width !== canvas.width || sheet.pixels.height !== canvas.height) {
      const pixels = pen.createImageData(canvas.width, canvas.height);
      sheet = { pixels, to: new Uint32Array(pixels.data.buffer) };
    }
    sheet.to.fill(0);
    return sheet;
  };
  const stamped = (looks, radius, alpha) => {
    const key = `${looks.join()} ${app.ink} ${radius} ${alpha}`;
    if (stamps.size > 8) stamps.clear();
    if (!stamps.has(key)) stamps.set(key, looks.map((look) => marks.stamp(look, app.ink, radius, alpha)));
    return stamps.get(key);
  };
  const picture = (ratio) => { // all points
    const { left, right, bottom, top: above } = view.bounds(), { map, table } = plot, found = [], faint = [];
    where.within(left, bottom, right, above, (point) => {
      if (app.shown(point)) (app.chosenOnly(point) ? found : faint).push(point);
    });
    const count = found.length + faint.length;
    const radius = Math.min(7, (count > 3000 ? 2 : count > 800 ? 2.8 : 4) * Math.pow(zoom, 0.25)) * (plot.small ? 0.8 : 1);
    const { pixels, to } = blank();
    pictured = Boolean(plot.pictures) && count <= THUMBS && zoom > 1.6;
    for (const [some, alpha] of [[faint, FAINT], [found, 1]]) {
      const looks = stamped(map.marks, radius * ratio, alpha);
      for (const point of some)
        if (!pictured || table.thumb[point] < 0)
          marks.put(to, canvas.width, canvas.height, looks[map.class[point]], toX(plot.x[point]) * ratio, toY(plot.y[point]) * ratio);
    }
    pen.putImageData(pixels, 0, 0);
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    const side = Math.min(64, 20 * Math.sqrt(zoom)), thumb = app.thumbOf(table);
    for (const [some, alpha] of pictured ? [[faint, FAINT], [found, 1]] : []) {
      pen.globalAlpha = alpha;
      for (const point of some.filter((one) => table.thumb[one] >= 0)) {
        const px = toX(plot.x[point]), py = toY(plot.y[point]), image = thumb(pen, point, px - side / 2, py - side / 2, side);
        marks.mark(pen, map.marks[map.class[point]], app.ink, image ? px - side / 2 : px, image ? py - side / 2 : py, image ? 4.5 : radius);
      }
    }
    pen.globalAlpha = 1;
    if (plot.axes) axes();
    ring = (pictured ? side * 0.75 : radius) + 4;
    canvas.dataset.points = count;
    canvas.dataset.selected = app.count() ? found.length : 0;
    canvas.dataset.zoom = zoom.toFixed(3);
  };
  const axes = () => { // ticks and their labels, at the left and below
    pen.fillStyle = pen.strokeStyle = app.ink;
    pen.lineWidth = 1;
    pen.globalAlpha = 0.75;
    pen.font = "12px system-ui, 'DejaVu Sans', sans-serif";
    pen.strokeRect(area.left - 0.5, area.top - 0.5, area.wide + 1, area.high + 1);
    const { x: across, y: up, lanes } = plot.axes(view.bounds(), area), low = area.top + area.high;
    pen.textAlign = "center";
    for (const { at, text } of across) {
      const px = toX(at), half = pen.measureText(text).width / 2;
      pen.fillRect(px - 0.5, low, 1, 5);
      pen.fillText(text, Math.max(half, Math.min(area.left + area.wide - half + 8, px)), low + 18);
    }
    pen.textAlign = "right";
    for (const { at, text } of up) {
      pen.fillRect(area.left - 5, toY(at) - 0.5, 5, 1);
      pen.fillText(text, area.left - 8, toY(at) + 4);
    }
    pen.globalAlpha = 1;
    for (const { at, look } of lanes || []) if (Math.abs(at - y) * sy < area.high / 2) marks.mark(pen, look, app.ink, area.left - 14, toY(at), 5);
  };
  const circle = (point, width, radius) => {
    const px = toX(plot.x[point]), py = toY(plot.y[point]);
    if (point < 0 || !app.shown(point) || !(px >= area.left && px <= area.left + area.wide && py >= area.top && py <= area.top + area.high)) return;
    top.lineWidth = width;
    top.beginPath();
    top.arc(px, py, radius, 0, 7);
    top.stroke();
  };
  const outline = ({ corners, cross, closed }) => { // the lasso or box being drawn, and the cross that keys move
    top.lineWidth = 2;
    top.beginPath();
    for (const [px, py] of corners) top.lineTo(px, py);
    if (cross && !closed && corners.length) top.lineTo(...cross);
    if (closed) top.closePath();
    top.globalAlpha = 0.12;
    top.fill();
    top.globalAlpha = 1;
    top.setLineDash([6, 4]);
    top.stroke();
    top.setLineDash([]);
    if (!cross) return;
    top.fillRect(cross[0] - 11, cross[1] - 1, 22, 2);
    top.fillRect(cross[0] - 1, cross[1] - 11, 2, 22);
  };
  const paint = () => {
    waiting = false;
    const start = performance.now(), ratio = window.devicePixelRatio || 1;
    const W = Math.max(1, canvas.clientWidth), H = Math.max(1, canvas.clientHeight);
    const wide = Math.round(W * ratio), high = Math.round(H * ratio);
    if (canvas.width !== wide || canvas.height !== high) {
      canvas.width = over.width = wide;
      canvas.height = over.height = high;
      fresh = false;
    }
    Object.assign(area, plot.axes ? { left: 44, top: 8, wide: Math.max(1, W - 56), high: Math.max(1, H - 36) } : { left: 0, top: 0, wide: W, high: H });
    [sx, sy] = scales();
    if (!fresh) picture(ratio);
    fresh = true;
    top.setTransform(ratio, 0, 0, ratio, 0, 0);
    top.clearRect(0, 0, W, H);
    top.strokeStyle = top.fillStyle = app.ink;
    for (const point of app.alike()) circle(point, 1.2, ring);
    circle(app.chosen, 3, ring);
    circle(app.hover, 2, ring);
    if (view.outline) outline(view.outline);
    canvas.dataset.paintMs = (performance.now() - start).toFixed(2);
  };

  view.again = () => { if (plot && !waiting) { waiting = true; requestAnimationFrame(paint); } };
  view.draw = () => { fresh = false; view.again(); };
  view.loaded = () => { if (pictured) view.draw(); };
  view.show = (what) => { // null: nothing
    plot = what;
    if (!plot) return;
    where = points(plot.x, plot.y, plot.square);
    view.all();
  };
  view.all = () => { ({ x, y } = where.span); zoom = 1; view.draw(); };
  view.shows = () => Boolean(plot);
  view.place = (point) => [toX(plot.x[point]), toY(plot.y[point])];
  view.nearest = (px, py) => where.nearest(fromX(px), fromY(py), REACH / sx, REACH / sy, app.shown);
  view.next = (point, dx, dy) => { // the first step goes to the point nearest to the middle
    const best = point < 0 || Number.isNaN(plot.x[point] + plot.y[point])
      ? where.nearest(x, y, 2 * where.span.w, 2 * where.span.h, app.shown) : where.next(point, dx, dy, sx, sy, app.shown);
    if (best < 0) return -1;
    const w = area.wide / 2.2 / sx, h = area.high / 2.2 / sy;
    x = Math.max(plot.x[best] - w, Math.min(plot.x[best] + w, x));
    if (!plot.flat) y = Math.max(plot.y[best] - h, Math.min(plot.y[best] + h, y));
    view.draw();
    return best;
  };
  view.pan = (dx, dy) => { x -= dx / sx; if (!plot.flat) y += dy / sy; view.draw(); };
  view.zoom = (factor, px = area.left + area.wide / 2, py = area.top + area.high / 2) => {
    const [atX, atY] = [fromX(px), fromY(py)];
    zoom = Math.max(0.9, Math.min(200, zoom * factor));
    [sx, sy] = scales();
    x += atX - fromX(px);
    if (!plot.flat) y += atY - fromY(py);
    view.draw();
  };
  view.inside = (corners) => { // the points that are shown within an outline of corners in px
    const xs = corners.map(([px]) => px), ys = corners.map(([, py]) => py), found = [];
    const [left, right, low, high] = [fromX(Math.min(...xs)), fromX(Math.max(...xs)), fromY(Math.max(...ys)), fromY(Math.min(...ys))];
    where.within(left, low, right, high, (point) => {
      if (!app.shown(point)) return;
      const px = toX(plot.x[point]), py = toY(plot.y[point]);
      let odd = false;
      for (let i = 0, j = xs.length - 1; i < xs.length; j = i++)
        if ((ys[i] > py) !== (ys[j] > py) && px < (xs[j] - xs[i]) * (py - ys[i]) / (ys[j] - ys[i]) + xs[i]) odd = !odd;
      if (odd) found.push(point);
    });
    return found;
  };
  new ResizeObserver(view.again).observe(canvas);
  return view;
};
