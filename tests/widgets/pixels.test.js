import assert from "node:assert/strict";
import { test } from "node:test";
import {
  base64Of,
  bytesOf,
  float32sOf,
  greyscale,
  int16sOf,
  pixelUnder,
  rgb,
  signed,
} from "../../dashboard/widgets/pixels.js";

// Node's own base 64 shares no line with the browser's atob and btoa.
const text = (array) => Buffer.from(array.buffer).toString("base64");

test("every byte comes through base 64 and back", () => {
  const all = Uint8Array.from({ length: 256 }, (_, i) => i);
  assert.deepEqual(bytesOf(text(all)), all);
  assert.equal(base64Of(all), text(all));
});

test("numbers come through base 64", () => {
  const reals = Float32Array.of(0, -1.5, 3.25e-3, 1e30);
  assert.deepEqual(float32sOf(text(reals)), reals);
  const bytes = Buffer.alloc(6);
  [-32767, 0, 258].forEach((value, i) => {
    bytes.writeInt16LE(value, 2 * i);
  });
  assert.deepEqual([...int16sOf(bytes.toString("base64"))], [-32767, 0, 258]);
});

test("a grey pixel is as much red, green and blue, and covers what is below", () => {
  assert.deepEqual([...greyscale(Uint8Array.of(0, 7, 255))], [0, 0, 0, 255, 7, 7, 7, 255, 255, 255, 255, 255]);
});

test("the channels of coloured pixels stay in order", () => {
  assert.deepEqual([...rgb(Uint8Array.of(1, 2, 3, 4, 5, 6))], [1, 2, 3, 255, 4, 5, 6, 255]);
});

test("numbers with a sign blend from the middle to the colour of their side", () => {
  const colours = [
    [200, 0, 0],
    [100, 100, 100],
    [0, 0, 200],
  ];
  const painted = signed(Int16Array.of(-100, -50, 0, 50, 100), 100, colours);
  const expected = [200, 0, 0, 255, 150, 50, 50, 255, 100, 100, 100, 255, 50, 50, 150, 255, 0, 0, 200, 255];
  assert.deepEqual([...painted], expected);
});

test("numbers beyond the scale have the full colour", () => {
  const colours = [
    [9, 9, 9],
    [0, 0, 0],
    [80, 0, 0],
  ];
  assert.deepEqual([...signed(Int16Array.of(500), 100, colours)], [80, 0, 0, 255]);
});

test("the pixel under the pointer is found however large the picture is", () => {
  const picture = { getBoundingClientRect: () => ({ left: 10, top: 20, width: 280, height: 140 }) };
  const at = (clientX, clientY) => pixelUnder(picture, { clientX, clientY }, 28, 28);
  assert.deepEqual(at(10, 20), [0, 0]);
  assert.deepEqual(at(289.9, 159.9), [27, 27]);
  assert.deepEqual(at(35, 31), [2, 2]);
  assert.equal(at(9.9, 30), null);
  assert.equal(at(290, 30), null);
  assert.equal(at(30, 160), null);
});
