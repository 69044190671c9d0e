// Places on screen are [x, y] in CSS pixels.

// The smallest value and the span of [x0, y0, x1, y1, ...] along both axes, with a small margin.
export function extentOf(points) {
  const low = [Infinity, Infinity];
  const high = [-Infinity, -Infinity];
  points.forEach((value, i) => {
    if (!Number.isFinite(value)) return;
    low[i % 2] = Math.min(low[i % 2], value);
    high[i % 2] = Math.max(high[i % 2], value);
  });
  const span = [0, 1].map((axis) => (high[axis] > low[axis] ? 1.04 * (high[axis] - low[axis]) : 1));
  return { low: [0, 1].map((axis) => (high[axis] + low[axis] - span[axis]) / 2), span };
}

// The longer side of the bounding box of some places.
export function longerSide(path) {
  const xs = path.map((place) => place[0]);
  const ys = path.map((place) => place[1]);
  return Math.max(Math.max(...xs) - Math.min(...xs), Math.max(...ys) - Math.min(...ys));
}

export function corners([x0, y0], [x1, y1]) {
  return [
    [x0, y0],
    [x1, y0],
    [x1, y1],
    [x0, y1],
  ];
}

export function isInside([x, y], loop) {
  let inside = false;
  for (let i = 0, j = loop.length - 1; i < loop.length; j = i++) {
    const [xi, yi] = loop[i];
    const [xj, yj] = loop[j];
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside;
  }
  return inside;
}

// Positions of the points inside a lasso; `placeOf` gives the place of each.
export function insideLoop(count, placeOf, loop) {
  const inside = [];
  for (let i = 0; i < count; i++) if (isInside(placeOf(i), loop)) inside.push(i);
  return inside;
}

// Position of the point nearest to a place and nearer than `reach`, or -1. Faint ones count as `handicap` farther away.
export function nearest([px, py], count, placeOf, { reach, handicap = 0, isFaint = () => false }) {
  let best = -1;
  let least = reach;
  for (let i = 0; i < count; i++) {
    const [x, y] = placeOf(i);
    const distance = Math.hypot(x - px, y - py) + (isFaint(i) ? handicap : 0);
    if (distance < least) [best, least] = [i, distance];
  }
  return best;
}

// About six round numbers from `low` to `high`, with their labels.
export function ticks(low, high) {
  const rough = (high - low) / 6;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10);
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const found = [];
  for (let n = Math.ceil(low / step); n * step <= high; n++) {
    found.push({ at: n * step, text: (n * step).toFixed(digits) });
  }
  return found;
}
