"use strict";
// Where the images stand in each view: on the map, on the planet, in time; and what is written on the axes.
const views = (() => {
  const numbers = (values) => Float64Array.from(values, (value) => value === null ? NaN : value);
  const known = (values) => values.some((value) => !Number.isNaN(value));
  const step = (range, most, choices) => choices.find((one) => range / one <= most) || choices[choices.length - 1];
  const ticks = (low, high, most, choices, text) => {
    const each = step(high - low, most, choices), found = [];
    for (let n = Math.ceil(low / each); n * each <= high && found.length < 40; n++) found.push({ at: n * each, text: text(n * each, each) });
    return found;
  };
  const DEGREES = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 45, 60, 90, 180];
  const HOURS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 3, 6, 12];
  const HOUR = 3.6e6, DAY = 24 * HOUR;
  const short = (value) => String(Number(value.toFixed(2))).replace("-", "−");

  const map = (table, one) => ({ table, map: one, x: numbers(one.x), y: numbers(one.y), square: true, pictures: true });
  const axesOf = {
    lon: ["longitude", DEGREES, (value) => `${short(value)}°`],
    hour: ["local time", HOURS, (value) => `${short(value)} h`],
  };
  const planet = (table, one, axis) => {
    const [, choices, text] = axesOf[axis];
    return { table, map: one, x: numbers(table[axis]), y: numbers(table.lat), small: true, axes: ({ left, right, bottom, top }, area) => ({
      x: ticks(left, right, area.wide / 60, choices, text), y: ticks(bottom, top, area.high / 34, DEGREES, (value) => `${short(value)}°`) }) };
  };
  const planetAxes = (table) => table.lat ? Object.keys(axesOf).filter((axis) => table[axis] && known(numbers(table[axis]))) : [];

  const moment = (text) => Date.parse(/Z$|[+-]\d\d:?\d\d$/.test(text) ? text : `${text}Z`);
  const dates = (left, right, wide) => {
    const most = Math.max(2, wide / 96), range = right - left, text = (at) => new Date(at).toISOString();
    if (range < 45 * DAY * most / 5)
      return ticks(left, right, most, [1 / 60, 1 / 6, 1, 3, 6, 12, 24, 48, 120, 240, 480].map((hours) => hours * HOUR),
        (at, each) => each < DAY ? text(at).slice(5, 16).replace("T", " ") : text(at).slice(0, 10));
    const first = new Date(left), months = [1, 2, 3, 6, 12, 24, 60, 120].find((one) => range / (one * 30.4 * DAY) <= most) || 240, found = [];
    for (let n = Math.floor((first.getUTCFullYear() * 12 + first.getUTCMonth()) / months) * months; found.length < 40; n += months) {
      const at = Date.UTC(Math.floor(n / 12), n % 12);
      if (at > right) break;
      if (at >= left) found.push({ at, text: text(at).slice(0, months < 12 ? 7 : 4) });
    }
    return found;
  };
  const time = (table, one) => { // a row for each class; within it images are spread, so that they don't cover each other
    const at = table.times.map(moment);
    const x = Float64Array.from(table.time, (number) => table.times[number] ? at[number] : NaN);
    if (!known(x)) return null;
    const y = Float64Array.from(one.class, (number, point) => -number + ((point * 0.618034) % 1 - 0.5) * 0.66);
    const lanes = one.marks.map((look, number) => ({ at: -number, look }));
    return { table, map: one, x, y, small: true, flat: true, axes: ({ left, right }, area) => ({ x: dates(left, right, area.wide), y: [], lanes }) };
  };
  return { map, planet, planetAxes, axisName: (axis) => axesOf[axis][0], time };
})();
