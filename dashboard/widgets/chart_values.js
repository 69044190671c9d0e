// The values of a chart as a table with a row for each point, bar or cell of all visible series, below one another. The
// columns are the series, the axes under their titles, and the ends of error bars under "<title> low" and "<title> high".
//
// Values are those of the data, not places on screen: so on a logarithmic axis, too. Where a series is drawn at places
// that say less than its values, it brings columns of its own in `meta` (`downloaded` in dashboard/charts/theme.py).

const SERIES = "Series";
const VALUE = "Value";
const NAME = "Name"; // of places without a title
const SIGNIFICANT_DIGITS = 12; // of sums, whose last digits are noise
const ENTITIES = { amp: "&", lt: "<", gt: ">", quot: '"', nbsp: " " };

// Headings and rows of a figure that Plotly has drawn; none at all if it shows no values.
export function rowsOf(plot) {
  const records = plot._fullData.filter(isShown).flatMap((trace) => recordsOf(trace, plot));
  const headings = [...new Set(records.flatMap((record) => [...record.keys()]))];
  const filled = headings.filter((heading) => records.some((record) => !isEmpty(record.get(heading))));
  if (!filled.length) return [];
  return [filled, ...records.map((record) => filled.map((heading) => record.get(heading)))];
}

// Without a name and without a tip, a series only marks points of others, or is the colour below them.
function isShown(trace) {
  return trace.visible === true && Boolean(trace._input.name || trace.hoverinfo !== "skip");
}

function isEmpty(cell) {
  return cell === undefined || cell === null || cell === "" || Number.isNaN(cell);
}

// A record for each row, from headings to cells.
function recordsOf(trace, plot) {
  const own = Object.entries(trace.meta?.columns ?? {});
  const columns = trace.meta?.places === false ? own : [...columnsOf(trace, plot), ...own];
  const series = plainText(trace._input.name);
  const length = Math.max(0, ...columns.map(([, cells]) => cells.length));
  return Array.from({ length }, (_, i) => {
    const record = new Map([[SERIES, series]]);
    for (const [heading, cells] of columns) record.set(plainText(heading), cellOf(cells[i]));
    return record;
  });
}

function columnsOf(trace, plot) {
  if (trace.dimensions) return trace.dimensions.map(({ label, values }) => [label, values]);
  if (Array.isArray(trace.z)) return cellsOf(trace, plot);
  const [x, y] = headingsOf(trace, plot);
  return [...alongAxis(trace, "x", x, plot), ...alongAxis(trace, "y", y, plot)];
}

function headingsOf(trace, plot) {
  const [x, y] = ["x", "y"].map((letter) => headingOf(plot.layout[nameOf(trace, letter)], letter));
  return x === y ? [`${x} (x)`, `${y} (y)`] : [x, y];
}

function headingOf(axis, letter) {
  const title = axis?.title?.text || (axis?.ticktext ? NAME : letter);
  return axis?.ticksuffix ? `${title} (${axis.ticksuffix.trim()})` : title;
}

function nameOf(trace, letter) {
  return `${letter}axis${(trace[`${letter}axis`] ?? "").slice(1)}`; // "x2" is drawn on layout.xaxis2
}

// Rows of a matrix with the places of their cells.
function cellsOf(trace, plot) {
  const [x, y] = headingsOf(trace, plot);
  const width = Math.max(...trace.z.map((row) => row.length));
  const [xs, ys] = [placesOf(trace, "x", width, plot), placesOf(trace, "y", trace.z.length, plot)];
  const all = (cell) => ys.flatMap((_, row) => xs.map((_, column) => cell(row, column)));
  return [
    [x, all((_, column) => xs[column])],
    [y, all((row) => ys[row])],
    [trace._input.colorbar?.title?.text || VALUE, all((row, column) => trace.z[row][column])],
  ];
}

function alongAxis(trace, letter, heading, plot) {
  const length = Math.max(trace.x?.length ?? 0, trace.y?.length ?? 0);
  if (!trace[letter] && trace.type !== "scatter" && trace.type !== "bar") return []; // such as of a histogram
  const bars = trace[`error_${letter}`];
  return [[heading, placesOf(trace, letter, length, plot)], ...endsOf(bars, [...(trace[letter] ?? [])], heading)];
}

// The values along an axis, or their names where each place of the axis has one.
function placesOf(trace, letter, length, plot) {
  const [start, step] = [trace[`${letter}0`] ?? 0, trace[`d${letter}`] ?? 1];
  const values = trace[letter] ? [...trace[letter]] : Array.from({ length }, (_, i) => start + i * step);
  const names = namesOf(plot._fullLayout[nameOf(trace, letter)], values);
  return names ? values.map((value) => names[Math.round(value)]) : values;
}

// The texts at the ticks 0, 1, ... of an axis, if nothing is drawn between them, or if it has half a tick at either end:
// then what stands beside a tick belongs to it, such as one of several points.
function namesOf(axis, values) {
  const { tickvals, ticktext, range } = axis ?? {};
  if (!ticktext || !tickvals?.every((value, i) => value === i)) return undefined;
  const [low, high] = [...(range ?? [])].sort((a, b) => a - b);
  const isDivided = low === -0.5 && high === tickvals.length - 0.5;
  const isOnTicks = values.every((value) => Number.isInteger(value) && value >= 0 && value < tickvals.length);
  return isDivided || isOnTicks ? ticktext : undefined;
}

// Both ends of error bars, as columns.
function endsOf(bars, values, heading) {
  if (!bars?.visible) return [];
  const below = bars.symmetric ? bars.array : bars.arrayminus;
  const lengthOf = (array, i) => (bars.type === "data" ? array?.[i] : sharesOf(bars, values[i]));
  const end = (sign, array) => values.map((value, i) => sum(value, sign, lengthOf(array, i)));
  return [
    [`${heading} low`, end(-1, below)],
    [`${heading} high`, end(1, bars.array)],
  ];
}

function sharesOf({ type, value }, at) {
  return type === "percent" ? Math.abs((at * value) / 100) : type === "sqrt" ? Math.sqrt(Math.abs(at)) : value;
}

function sum(value, sign, length) {
  const isKnown = Number.isFinite(value) && Number.isFinite(length);
  return isKnown ? Number((value + sign * length).toPrecision(SIGNIFICANT_DIGITS)) : undefined;
}

function cellOf(value) {
  return typeof value === "string" ? plainText(value) : typeof value === "boolean" ? Number(value) : value;
}

// Without the markup that Plotly takes in texts.
function plainText(text) {
  return String(text ?? "")
    .replace(/<br\s*\/?>/gi, " ")
    .replace(/<\/?(?:a|b|i|em|s|u|span|strong|sub|sup)(?:\s[^>]*)?>/gi, "")
    .replace(/&(?:#(\d+)|#x([\da-f]+)|(\w+));/gi, (whole, decimal, hexadecimal, name) => {
      if (name) return ENTITIES[name.toLowerCase()] ?? whole;
      return String.fromCodePoint(Number.parseInt(decimal ?? hexadecimal, decimal ? 10 : 16));
    });
}
