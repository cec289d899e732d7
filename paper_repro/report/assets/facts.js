"use strict";
// Thumbnails, and what is known of an image, in words.
const facts = (() => {
  const sheets = new Map();
  const sheet = (uri, loaded) => {
    if (!sheets.has(uri)) {
      const image = new Image();
      image.addEventListener("load", loaded);
      image.src = uri;
      sheets.set(uri, image);
    }
    const image = sheets.get(uri);
    return image.complete && image.naturalWidth ? image : null;
  };
  const thumb = (data, table, loaded) => (to, point, x, y, size) => { // false where there is none, or not yet
    const place = table.thumb[point], perSheet = data.across * data.across, side = data.side;
    const image = place < 0 ? null : sheet(table.sheets[Math.floor(place / perSheet)], loaded);
    if (!image) return false;
    const inside = place % perSheet;
    to.drawImage(image, (inside % data.across) * side, Math.floor(inside / data.across) * side, side, side, x, y, size, size);
    return true;
  };
  const of = (table, map, point) => {
    const made = [["id", String(table.id[point])], [map.kind, map.classes[map.class[point]]]];
    if (map.found.length) made.push(["found as", map.foundNames[map.found[point]]]);
    if (map.unlike && map.unlike[point]) made.push(["unlike any class", "yes"]);
    for (const [key, name, unit] of [["lat", "latitude", " °"], ["lon", "longitude", " °"], ["hour", "local time", " h"]])
      if (table[key] && table[key][point] !== null) made.push([name, `${table[key][point].toFixed(2)}${unit}`]);
    if (table.times.length && table.times[table.time[point]]) made.push(["time (UTC)", table.times[table.time[point]]]);
    return made;
  };
  const more = (table, map, point) => { // what only the details tell
    const made = [];
    if (map.distance && map.distance[point] !== null) made.push(["to its class's centre", String(map.distance[point])]);
    if (map.margin && map.margin[point] !== null) made.push(["margin to the next", String(map.margin[point])]);
    if (map.beyond && map.beyond[point] !== null) made.push(["distance over the class's limit", String(map.beyond[point])]);
    if (table.drawn && table.drawn[point] !== null) made.push(["drawn out", `${(100 * table.drawn[point]).toFixed(1)} % of its pixels`]);
    return made;
  };
  const say = (table, map, point) => of(table, map, point).map(([name, value]) => `${name} ${value}`).join(", ");
  const similar = (map, point) => { // the most similar images, nearest first
    if (!map.similar || point < 0) return [];
    if (typeof map.similar === "string") {
      const bytes = Uint8Array.from(atob(map.similar), (letter) => letter.charCodeAt(0));
      map.similar = Uint16Array.from({ length: bytes.length / 2 }, (_, i) => bytes[2 * i] + 256 * bytes[2 * i + 1]);
    }
    const each = map.similar.length / map.class.length;
    return [...map.similar.subarray(point * each, (point + 1) * each)];
  };
  const button = (app, point, caption = "") => { // a thumbnail that can be pointed at and kept
    const made = document.createElement("button"), small = document.createElement("canvas"), pen = small.getContext("2d");
    made.type = "button";
    made.className = "thumb";
    small.width = small.height = 128;
    app.thumb(pen, point, 0, 0, 128);
    pen.fillStyle = app.paper; // a mark is seen on any image
    pen.fillRect(0, 0, 34, 34);
    marks.mark(pen, app.map.marks[app.map.class[point]], app.ink, 16, 16, 11);
    made.append(small, caption);
    made.setAttribute("aria-label", `${say(app.table, app.map, point)}${caption ? `, ${caption}` : ""}`);
    made.dataset.point = point;
    made.addEventListener("click", () => app.keep(point));
    for (const on of ["pointerenter", "focus"]) made.addEventListener(on, () => app.look(point, null));
    for (const off of ["pointerleave", "blur"]) made.addEventListener(off, () => app.look(-1, null));
    return made;
  };
  return { thumb, of, more, say, similar, button };
})();
