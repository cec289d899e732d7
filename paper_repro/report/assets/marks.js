"use strict";
// The figures' markers: drawn one by one in legends, and put down by the thousand on a map.
const marks = (() => {
  const round = (n, turn = -90) => Array.from({ length: n }, (_, i) => (turn + 360 * i / n) * Math.PI / 180)
    .map((angle) => [1.15 * Math.cos(angle), 1.15 * Math.sin(angle)]);
  const plus = [[0, -1], [1, 0], [0, 1], [-1, 0]].flatMap(([x, y]) => [[1.2 * x + .4 * y, 1.2 * y - .4 * x],
    [1.2 * x - .4 * y, 1.2 * y + .4 * x], [.4 * (x - y), .4 * (y + x)]]);
  const CORNERS = {
    s: [[-.88, -.88], [.88, -.88], [.88, .88], [-.88, .88]], D: [[0, -1.25], [1.25, 0], [0, 1.25], [-1.25, 0]],
    "^": round(3), v: round(3, 90), "<": round(3, 180), ">": round(3, 0), p: round(5), h: round(6),
    P: plus, X: plus.map(([x, y]) => [(x - y) * Math.SQRT1_2, (x + y) * Math.SQRT1_2]),
  };
  const mark = (pen, [colour, kind], ink, x, y, r) => { // what is black in the figures has the text's colour here
    pen.fillStyle = colour === "#000000" ? ink : colour;
    pen.beginPath();
    if (kind in CORNERS) for (const [dx, dy] of CORNERS[kind]) pen.lineTo(x + r * dx, y + r * dy);
    else pen.arc(x, y, r, 0, 7);
    pen.fill();
  };
  const stamp = (look, ink, r, alpha) => { // a marker's pixels, four bytes each as one number, and how many a side has
    const side = Math.ceil(2.6 * r + 2), made = document.createElement("canvas");
    made.width = made.height = side;
    const pen = made.getContext("2d", { willReadFrequently: true });
    pen.globalAlpha = alpha;
    mark(pen, look, ink, side / 2, side / 2, r);
    return { side, pixels: new Uint32Array(pen.getImageData(0, 0, side, side).data.buffer) };
  };
  // Copying pixels is several times faster than asking the canvas for 10,000 little pictures. A pixel gives way to one
  // that covers at least as much; `weight` finds how much of it is covered, whichever end the machine's numbers begin at.
  const weight = new Uint8Array(new Uint32Array([255]).buffer)[0] ? (pixel) => pixel >>> 24 : (pixel) => pixel & 255;
  const put = (to, wide, high, { side, pixels }, x, y) => {
    const left = Math.round(x - side / 2), top = Math.round(y - side / 2);
    for (let row = Math.max(0, -top); row < Math.min(side, high - top); row++)
      for (let column = Math.max(0, -left); column < Math.min(side, wide - left); column++) {
        const pixel = pixels[row * side + column], place = (top + row) * wide + left + column;
        if (pixel && weight(pixel) >= weight(to[place])) to[place] = pixel;
      }
  };
  return { mark, stamp, put };
})();
