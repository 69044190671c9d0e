import assert from "node:assert/strict";
import { test } from "node:test";
import {
  decoded,
  ledgerOf,
  originOf,
  patchOf,
  softmaxOf,
  sumOf,
  termsOf,
  unitAt,
} from "../../dashboard/widgets/computation/arithmetic.js";
import { decimalsFor, largestOf, shownNumber } from "../../dashboard/widgets/computation/numbers.js";

const text = (values) => Buffer.from(Float32Array.from(values).buffer).toString("base64");

// What the server would send of a convolution, with some of it changed.
function sent(changes = {}) {
  return decoded({
    operation: "convolution",
    activation: "linear",
    isFlat: false,
    channel: 0,
    inputSide: 3,
    outputSide: 2,
    inputChannels: 1,
    window: { size: 2, stride: 1, zeros: 0 },
    sources: [0],
    inputNames: ["input"],
    inputs: text([1, 2, 3, 4, 5, 6, 7, 8, 9]),
    kernels: text([1, 0, -1, 2]),
    rest: null,
    restCount: 0,
    scalarNames: ["bias"],
    scalars: text([0.5]),
    before: text([7.5, 9.5, 13.5, 15.5]),
    values: text([7.5, 9.5, 13.5, 15.5]),
    ...changes,
  });
}

for (const [largest, expected] of [
  [0.4, 3],
  [50, 3],
  [1234, 3],
  [0.02, 4],
  [0.00012, 6],
  [1e-20, 8],
  [0, 3],
  [Number.NaN, 3],
  [Number.POSITIVE_INFINITY, 3],
]) {
  test(`numbers up to ${largest} have ${expected} decimals`, () => assert.equal(decimalsFor(largest), expected));
}

for (const [value, expected] of [
  [1.23456, "1.235"],
  [-1.23456, "−1.235"],
  [-0.0001, "0.000"],
  [0, "0.000"],
  [Number.NaN, "NaN"],
  [Number.NEGATIVE_INFINITY, "−∞"],
  [Number.POSITIVE_INFINITY, "∞"],
  [-12345678, "−1.23e+7"],
]) {
  test(`${value} is written ${expected}`, () => assert.equal(shownNumber(value, 3), expected));
}

test("the largest of some numbers leaves out what is none", () => {
  assert.equal(largestOf([1, -3, Number.NaN, Number.POSITIVE_INFINITY]), 3);
  assert.equal(largestOf([]), 0);
});

test("a patch is what the window covers, row by row", () => {
  assert.deepEqual(patchOf(sent(), 0, [1, 0]), [4, 5, 7, 8]);
});

test("beyond the edge there is padding, which adds nothing", () => {
  const c = sent({ window: { size: 2, stride: 2, zeros: 1 } });
  assert.deepEqual(patchOf(c, 0, [0, 0]), [null, null, null, 1]);
  assert.deepEqual(patchOf(c, 0, [1, 1]), [5, 6, 8, 9]);
  assert.deepEqual(termsOf(c, [0, 0]), [{ source: 0, sum: 2 }]);
});

test("a convolution is the sum of products, plus the bias", () => {
  const lines = ledgerOf(sent(), [1, 0]);
  assert.deepEqual(
    lines.map((line) => [line.sign, line.value]),
    [
      ["", 4 - 7 + 16],
      ["+", 0.5],
      ["=", 13.5],
    ],
  );
});

test("an activation function is the last line, and what is before it stands above", () => {
  const lines = ledgerOf(sent({ activation: "relu", before: text([-1, 0, 0, 0]), values: text([0, 0, 0, 0]) }), [0, 0]);
  assert.deepEqual(
    lines.slice(-2).map((line) => [line.sign, line.value]),
    [
      ["=", -1],
      ["→", 0],
    ],
  );
});

test("channels that are not listed are one term, together with those the server summed up", () => {
  const inputs = Array.from({ length: 9 }, (_, i) => i + 1);
  const c = sent({
    inputSide: 1,
    outputSide: 1,
    window: { size: 1, stride: 1, zeros: 0 },
    sources: inputs.map((_, i) => i),
    inputs: text(inputs),
    kernels: text(inputs.map(() => 2)),
    rest: text([100]),
    restCount: 30,
    before: text([190.5]),
    values: text([190.5]),
  });
  const terms = termsOf(c, [0, 0]);
  assert.equal(sumOf(terms.map((term) => term.sum)), 2 * 45 + 100);
  const others = terms.at(-1);
  assert.equal(others.source, null);
  assert.equal(others.count + terms.length - 1, 39);
});

test("a value came from the winner of max pooling, and from the middle of other windows", () => {
  const window = { size: 2, stride: 1, zeros: 0 };
  const c = sent({ operation: "max_pool", window, inputs: text([1, 9, 3, 4, 5, 6, 7, 8, 2]) });
  assert.deepEqual(originOf(c, [0, 0]), [0, 1]);
  assert.deepEqual(originOf(c, [1, 1]), [2, 1]);
  assert.deepEqual(originOf(sent(), [1, 1]), [2, 2]);
  const padded = sent({ window: { size: 3, stride: 2, zeros: 1 } });
  assert.deepEqual(originOf(padded, [0, 0]), [0, 0]);
});

test("flatten counts rows, then columns, then channels", () => {
  const c = sent({ operation: "flatten", inputChannels: 5, sources: [3] });
  assert.equal(unitAt(c, [2, 1]), (2 * 3 + 1) * 5 + 3);
});

test("softmax does not overflow", () => {
  const c = sent({ operation: "softmax", isFlat: true, sources: [0, 1], inputs: text([1000, 1000]) });
  assert.deepEqual(softmaxOf(c).shares, [0.5, 0.5]);
});

test("what is not a number stays none", () => {
  const c = sent({ kernels: text([1, Number.NaN, 0, 0]), before: text([Number.NaN, 0, 0, 0]) });
  const [sum] = ledgerOf(c, [0, 0]);
  assert.ok(Number.isNaN(sum.value));
});
