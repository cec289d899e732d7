"use strict";
// Points of a map in a grid of cells, so that those in a window are found without looking at all.
const points = (x, y) => {
  const CELLS = 96; // a side
  const least = (values) => values.reduce((a, b) => Math.min(a, b), Infinity);
  const most = (values) => values.reduce((a, b) => Math.max(a, b), -Infinity);
  const x0 = least(x), y0 = least(y), wide = most(x) - x0, high = most(y) - y0, size = Math.max(wide, high, 1e-6);
  const span = { size, x: x0 - (size - wide) / 2, y: y0 - (size - high) / 2 }; // the square around all of them
  const cell = (value, axis) => Math.max(0, Math.min(CELLS - 1, Math.floor((value - span[axis]) / size * CELLS)));
  const grid = Array.from({ length: CELLS * CELLS }, () => []);
  x.forEach((_, point) => grid[cell(y[point], "y") * CELLS + cell(x[point], "x")].push(point));

  const within = (left, bottom, right, top, found) => { // calls found with each
    for (let row = cell(bottom, "y"); row <= cell(top, "y"); row++)
      for (let column = cell(left, "x"); column <= cell(right, "x"); column++)
        for (const point of grid[row * CELLS + column])
          if (x[point] >= left && x[point] <= right && y[point] >= bottom && y[point] <= top) found(point);
  };
  const nearest = (atX, atY, reach, shown) => { // -1: none
    let best = -1, closest = reach * reach;
    within(atX - reach, atY - reach, atX + reach, atY + reach, (point) => {
      const away = (x[point] - atX) ** 2 + (y[point] - atY) ** 2;
      if (shown(point) && away <= closest) { best = point; closest = away; }
    });
    return best;
  };
  const next = (from, dx, dy, shown) => { // the next point that way from a point: along counts once, across twice
    let best = -1, closest = Infinity;
    for (let point = 0; point < x.length; point++) {
      if (point === from || !shown(point)) continue;
      const right = x[point] - x[from], up = y[point] - y[from], along = right * dx + up * dy;
      const far = along <= 0 ? Infinity : along + 2 * Math.abs(right * dy - up * dx);
      if (far < closest) { closest = far; best = point; }
    }
    return best;
  };
  return { span, within, nearest, next };
};
