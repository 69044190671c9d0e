import assert from "node:assert/strict";
import { test } from "node:test";
import { MAX_UNDO, redo, remember, undo } from "../../dashboard/widgets/drawing_pad/history.js";
import { SIDE, stroke } from "../../dashboard/widgets/drawing_pad/ink.js";
import { actionOfKey } from "../../dashboard/widgets/drawing_pad/shortcuts.js";

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

test("a pad of any side is drawn on, and only where the stroke is", () => {
  const side = 112;
  const ink = new Uint8Array(side * side);
  stroke(ink, [20.5, 50.5], [90.5, 50.5], 5, true);
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      const isNear = row >= 45 && row <= 56 && column >= 14 && column <= 97;
      if (!isNear) assert.equal(ink[row * side + column], 0);
    }
  }
  for (let column = 20; column <= 90; column++) assert.equal(ink[50 * side + column], 255);
});

test("a stroke that leaves the pad is cut off at its edge", () => {
  const ink = new Uint8Array(SIDE * SIDE);
  stroke(ink, [-40, 14.5], [60, 14.5], 1.25, true);
  assert.equal(at(ink, 14, 0), 255);
  assert.equal(at(ink, 14, 27), 255);
  stroke(ink, [100, 100], [120, 120], 3, true);
  assert.equal(at(ink, 27, 27), 0);
});

test("undo and redo walk through what was drawn, and a new stroke ends redo", () => {
  const pad = { ink: Uint8Array.of(0), undo: [], redo: [] };
  for (const value of [1, 2, 3]) {
    remember(pad);
    pad.ink = Uint8Array.of(value);
  }
  assert.ok(undo(pad) && undo(pad));
  assert.equal(pad.ink[0], 1);
  assert.ok(redo(pad));
  assert.equal(pad.ink[0], 2);
  remember(pad);
  pad.ink = Uint8Array.of(9);
  assert.equal(redo(pad), false);
  assert.ok(undo(pad) && undo(pad) && undo(pad));
  assert.equal(undo(pad), false);
  assert.equal(pad.ink[0], 0);
});

test("only so many steps are kept", () => {
  const pad = { ink: Uint8Array.of(0), undo: [], redo: [] };
  for (let i = 0; i < 2 * MAX_UNDO; i++) remember(pad);
  assert.equal(pad.undo.length, MAX_UNDO);
});

test("keys are taken for what they do, and others are left alone", () => {
  const key = (name, more = {}) => actionOfKey({ key: name, ctrlKey: false, altKey: false, metaKey: false, ...more });
  assert.equal(key("P"), "pen");
  assert.equal(key("z", { ctrlKey: true }), "undo");
  assert.equal(key("Z", { ctrlKey: true, shiftKey: true }), "redo");
  assert.equal(key("y", { metaKey: true }), "redo");
  assert.equal(key("Enter"), "enter");
  assert.equal(key("Tab"), null);
  assert.equal(key("c", { ctrlKey: true }), null);
  assert.equal(key("e", { altKey: true }), null);
});
