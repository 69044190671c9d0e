import assert from "node:assert/strict";
import { test } from "node:test";
import { SIDE, stroke } from "../../dashboard/widgets/drawing_pad/ink.js";

const at = (ink, row, column) => ink[row * SIDE + column];

test("a dot is full in its middle, soft at its edge and nothing beyond", () => {
  const ink = new Uint8Array(SIDE * SIDE);
  stroke(ink, [14.5, 14.5], [14.5, 14.5], 1.25, true);
  assert.equal(at(ink, 14, 14), 255);
  assert.equal(at(ink, 14, 15), Math.floor(255 * 0.75));
  assert.equal(at(ink, 14, 16), 0);
});

test("a fast stroke has no gaps", () => {
  const ink = new Uint8Array(SIDE * SIDE);
  stroke(ink, [2.5, 14.5], [25.5, 14.5], 1.25, true);
  for (let column = 2; column <= 25; column++) assert.equal(at(ink, 14, column), 255);
});

test("the pen never takes ink away, the eraser never adds some", () => {
  const ink = Uint8Array.from({ length: SIDE * SIDE }, (_, i) => (i * 37) % 256);
  const drawn = ink.slice();
  stroke(drawn, [3, 4], [20, 22], 2, true);
  assert.ok(drawn.every((value, i) => value >= ink[i]));
  const erased = ink.slice();
  stroke(erased, [3, 4], [20, 22], 2, false);
  assert.ok(erased.every((value, i) => value <= ink[i]));
  assert.equal(at(erased, 4, 3), 0);
});
