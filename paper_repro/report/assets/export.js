"use strict";
// What leaves the page: CSV that no spreadsheet runs, lists of files, and notes, which the browser keeps where it may.
const exporting = (() => {
  const FORMULA = /^'*[=+\-@\t\r\n]/, HARMLESS = /^([+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?|[+-])$/; // as in the run's own CSV
  const guarded = (text) => FORMULA.test(text) && !HARMLESS.test(text) ? `'${text}` : text;
  const cell = (value) => {
    const text = value === null || value === undefined ? "" : guarded(String(value));
    return /[",\r\n]/.test(text) ? `"${text.replaceAll("\"", "\"\"")}"` : text;
  };
  const csv = (head, rows) => [head, ...rows].map((row) => `${row.map(cell).join(",")}\n`).join("");
  const images = (table, map, points, note) => {
    const columns = [["id", (one) => table.id[one]], ["source", (one) => table.sources[table.source[one]]]];
    for (const [key, name] of [["lon", "longitude_deg"], ["lat", "latitude_deg"], ["hour", "local_time_h"]])
      if (table[key]) columns.push([name, (one) => table[key][one]]);
    if (table.times.length) columns.push(["time_utc", (one) => table.times[table.time[one]]]);
    columns.push([map.kind.replace(" ", "_"), (one) => map.classes[map.class[one]]]);
    if (map.found.length) columns.push(["found_as", (one) => map.foundNames[map.found[one]]]);
    for (const key of ["distance", "margin"]) if (map[key]) columns.push([key, (one) => map[key][one]]);
    if (map.unlike) columns.push(["unlike", (one) => map.unlike[one] ? "yes" : "no"]);
    if (table.drawn) columns.push(["drawn_out", (one) => table.drawn[one]]);
    columns.push(["simulated", () => table.simulated ? "yes" : "no"], ["note", () => note]);
    return csv(columns.map(([name]) => name), points.map((one) => columns.map(([, value]) => value(one))));
  };
  const files = (table, points) => [...new Set(points.map((one) => table.sources[table.source[one]]))]
    .map((name) => `${/[\r\n]/.test(name) ? JSON.stringify(name) : name}\n`).join("");
  const save = (name, text, type) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  };

  const all = new Map(); // by the images that they are about: two pages of the same images share them
  const notes = (family) => {
    if (all.has(family)) return all.get(family);
    const key = `paper_repro notes ${family}`, made = { kept: [], refused: false };
    const fits = (one) => one && typeof one.note === "string" && typeof one.map === "string" && Array.isArray(one.ids);
    try {
      const stored = JSON.parse(localStorage.getItem(key) || "[]");
      made.kept = Array.isArray(stored) ? stored.filter(fits) : [];
    } catch (error) { made.refused = !(error instanceof SyntaxError); } // damaged: begun anew
    made.store = () => {
      try {
        localStorage.setItem(key, JSON.stringify(made.kept));
        made.refused = false;
      } catch { made.refused = true; } // forbidden, or full: they last as long as the page
    };
    made.csv = (table) => csv(["set", "map", "images", "simulated", "note", "ids"], made.kept.map((one) =>
      [table.name, one.map, one.ids.length, table.simulated ? "yes" : "no", one.note, one.ids.join(" ")]));
    all.set(family, made);
    return made;
  };
  return { csv, images, files, save, notes };
})();
