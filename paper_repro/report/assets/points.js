"use strict";
// Points of a view in a grid of cells, so that those in a window are found without looking at all.
const points = (x, y, square) => {
  const CELLS = 96; // a side
  const there = [];
  let [x0, x1, y0, y1] = [Infinity, -Infinity, Infinity, -Infinity];
  for (let point = 0; point < x.length; point++) {
    if (Number.isNaN(x[point]) || Number.isNaN(y[point])) continue; // nobody knows where it is
    there.push(point);
    [x0, x1] = [Math.min(x0, x[point]), Math.max(x1, x[point])];
    [y0, y1] = [Math.min(y0, y[point]), Math.max(y1, y[point])];
  }
  if (!there.length) [x0, x1, y0, y1] = [0, 1, 0, 1];
  let w = Math.max(x1 - x0, 1e-6), h = Math.max(y1 - y0, 1e-6);
  if (square) w = h = Math.max(w, h);
  const span = { x: (x0 + x1) / 2, y: (y0 + y1) / 2, w, h }; // the area around all of them: its middle, its sides
  const place = (value, middle, side) =>
    Math.max(0, Math.min(CELLS - 1, Math.floor(((value - middle) / side + 0.5) * CELLS)));
  const column = (value) => place(value, span.x, w), row = (value) => place(value, span.y, h);
  const grid = Array.from({ length: CELLS * CELLS }, () => []);
  for (const point of there) grid[row(y[point]) * CELLS + column(x[point])].push(point);

  const within = (left, bottom, right, top, found) => { // calls found with each
    for (let i = row(bottom); i <= row(top); i++)
      for (let j = column(left); j <= column(right); j++)
        for (const point of grid[i * CELLS + j])
          if (x[point] >= left && x[point] <= right && y[point] >= bottom && y[point] <= top) found(point);
  };
  const nearest = (atX, atY, reachX, reachY, shown) => { // -1: none
    let best = -1, closest = 1;
    within(atX - reachX, atY - reachY, atX + reachX, atY + reachY, (point) => {
      const away = ((x[point] - atX) / reachX) ** 2 + ((y[point] - atY) / reachY) ** 2;
      if (shown(point) && away <= closest) { best = point; closest = away; }
    });
    return best;
  };
  const next = (from, dx, dy, scaleX, scaleY, shown) => { // the next point that way: along counts once, across twice
    let best = -1, closest = Infinity;
    for (const point of there) {
      if (point === from || !shown(point)) continue;
      const right = (x[point] - x[from]) * scaleX, up = (y[point] - y[from]) * scaleY, along = right * dx + up * dy;
      const far = along <= 0 ? Infinity : along + 2 * Math.abs(right * dy - up * dx);
      if (far < closest) { closest = far; best = point; }
    }
    return best;
  };
  return { span, within, nearest, next };
};
