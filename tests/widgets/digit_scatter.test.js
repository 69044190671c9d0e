import assert from "node:assert/strict";
import { test } from "node:test";
import {
  corners,
  extentOf,
  insideLoop,
  longerSide,
  nearest,
  ticks,
} from "../../dashboard/widgets/digit_scatter/geometry.js";
import { firstSteps, stepOf, thumbnailAt, WHOLE } from "../../dashboard/widgets/digit_scatter/thumbnails.js";
import { View } from "../../dashboard/widgets/digit_scatter/view.js";

const PLACES = [
  [10, 10],
  [50, 50],
  [90, 10],
  [Number.NaN, Number.NaN],
];
const placeOf = (i) => PLACES[i];

test("a box picks what is in it, whichever corner was first", () => {
  for (const [from, to] of [
    [
      [0, 0],
      [60, 60],
    ],
    [
      [60, 60],
      [0, 0],
    ],
    [
      [60, 0],
      [0, 60],
    ],
  ]) {
    assert.deepEqual(insideLoop(4, placeOf, corners(from, to)), [0, 1]);
  }
});

test("a loop with a bay leaves out what lies in the bay", () => {
  const loop = [
    [0, 0],
    [100, 0],
    [100, 100],
    [50, 20],
    [0, 100],
  ];
  assert.deepEqual(insideLoop(4, placeOf, loop), [0, 2]);
});

test("the points in a circle are those nearer to its middle than its radius", () => {
  const circle = Array.from({ length: 360 }, (_, i) => [
    50 + 40 * Math.cos((i * Math.PI) / 180),
    50 + 40 * Math.sin((i * Math.PI) / 180),
  ]);
  const grid = Array.from({ length: 400 }, (_, i) => [5 * (i % 20) + 0.3, 5 * Math.floor(i / 20) + 0.3]);
  const expected = grid.flatMap(([x, y], i) => (Math.hypot(x - 50, y - 50) < 40 ? [i] : []));
  assert.deepEqual(
    insideLoop(grid.length, (i) => grid[i], circle),
    expected,
  );
});

test("the nearest point within reach is found, and none farther away", () => {
  assert.equal(nearest([52, 47], 4, placeOf, { reach: 14 }), 1);
  assert.equal(nearest([10, 23], 4, placeOf, { reach: 14 }), 0);
  assert.equal(nearest([10, 24], 4, placeOf, { reach: 14 }), -1);
});

test("a faint point gives way to one that is a little farther", () => {
  const pair = [
    [0, 0],
    [6, 0],
  ];
  const rules = { reach: 14, handicap: 4, isFaint: (i) => i === 0 };
  assert.equal(
    nearest([2, 0], 2, (i) => pair[i], rules),
    1,
  );
  assert.equal(
    nearest([0.5, 0], 2, (i) => pair[i], rules),
    0,
  );
});

test("the extent has all finite points in its middle", () => {
  const { low, span } = extentOf([0, -1, 10, 3, Number.NaN, Number.NaN]);
  assert.deepEqual(
    span.map((value) => Number(value.toFixed(9))),
    [10.4, 4.16],
  );
  assert.deepEqual(
    low.map((value, axis) => Number((value + span[axis] / 2).toFixed(9))),
    [5, 1],
  );
});

test("a path is as long as the longer side of its box", () => {
  assert.equal(
    longerSide([
      [0, 0],
      [3, 1],
      [1, 7],
    ]),
    7,
  );
});

test("ticks are round, lie within the axis and say as many places as they need", () => {
  const texts = (low, high) => ticks(low, high).map((tick) => tick.text);
  assert.deepEqual(texts(0, 60), ["0", "10", "20", "30", "40", "50", "60"]);
  assert.deepEqual(texts(0.02, 1.01), ["0.2", "0.4", "0.6", "0.8", "1.0"]);
});

function view() {
  const made = new View();
  Object.assign(made, { width: 424, height: 224, extent: { low: [0, 100], span: [10, 50] } });
  return made;
}

test("the corners of the map are those of the sheet without its margin, and places lead back to numbers", () => {
  const map = view();
  assert.deepEqual(map.toScreen(0, 100), [12, 212]);
  assert.deepEqual(map.toScreen(10, 150), [412, 12]);
  assert.equal(map.toValue(0, 112), 2.5);
  assert.equal(map.toValue(1, 112), 125);
});

test("what is under the pointer stays there when the map is zoomed", () => {
  const map = view();
  const before = [map.toValue(0, 100), map.toValue(1, 60)];
  map.zoomBy(3, [100, 60]);
  assert.equal(map.scale, 3);
  assert.ok(Math.abs(map.toValue(0, 100) - before[0]) < 1e-9);
  assert.ok(Math.abs(map.toValue(1, 60) - before[1]) < 1e-9);
  map.zoomBy(0);
  assert.deepEqual(map.toScreen(0, 100), [12, 212]);
});

test("a map is never smaller than its sheet, and no more than forty times as large", () => {
  const map = view();
  map.zoomBy(0.1);
  assert.equal(map.scale, 1);
  map.zoomBy(1000);
  assert.equal(map.scale, 40);
});

// A cloud of 2,000 points on 600 by 500 pixels, always the same.
function cloud() {
  let seed = 1;
  const next = () => {
    seed = (seed * 16_807) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  return Array.from({ length: 2000 }, () => [600 * next(), 500 * next()]);
}

const drawnAt = (steps, scale) => [...steps.keys()].filter((i) => steps[i] <= stepOf(scale));

test("digits on points do not overlap at any zoom, and none is missing that has room", () => {
  const places = cloud();
  const steps = firstSteps(places.length, (i) => places[i], { maxScale: 40 });
  for (const scale of [1, 1.5, 4]) {
    const drawn = drawnAt(steps, scale);
    const distance = (i, j) => scale * Math.max(...[0, 1].map((axis) => Math.abs(places[i][axis] - places[j][axis])));
    for (const i of drawn) assert.ok(drawn.every((j) => i === j || distance(i, j) > WHOLE));
    const reach = 2 * 1.26 * WHOLE; // a digit, its gap, and what the zoom gains until the next step
    assert.ok([...places.keys()].every((i) => drawn.some((j) => distance(i, j) < reach)));
  }
});

test("zooming in keeps every digit and adds more", () => {
  const places = cloud();
  const steps = firstSteps(places.length, (i) => places[i], { maxScale: 40 });
  const counts = [1, 2, 4, 8, 16].map((scale) => drawnAt(steps, scale).length);
  assert.deepEqual(
    counts,
    counts.toSorted((a, b) => a - b),
  );
  assert.ok(counts[0] > 50 && counts[1] > 2 * counts[0]);
});

test("points without a place and those left out get no digit", () => {
  const steps = firstSteps(4, placeOf, { maxScale: 40, isLeftOut: (i) => i === 1 });
  assert.deepEqual(drawnAt(steps, 40), [0, 2]);
});

test("what is under the pointer is the digit that covers it", () => {
  assert.equal(thumbnailAt([50 + WHOLE / 2, 40], [0, 1], placeOf), 1);
  assert.equal(thumbnailAt([50 + WHOLE / 2 + 1, 40], [0, 1], placeOf), -1);
});
