import { float32sOf } from "../pixels.js";
import { decimalsFor, largestOf } from "./numbers.js";

// The arithmetic behind one value of a channel: what was read, and how it became the value. Nothing here draws.

const FORMULAS = {
  relu: "ReLU: max(0, x)",
  leaky_relu: "leaky ReLU: x if above 0, else 0.2 · x",
  elu: "ELU: x if above 0, else eˣ − 1",
  gelu: "GELU: x · Φ(x)",
  silu: "SiLU: x · sigmoid(x)",
  tanh: "tanh(x)",
  sigmoid: "sigmoid: 1 ÷ (1 + e⁻ˣ)",
};

const MORE = 5; // decimals
const MAX_ROWS = 7; // input channels that are listed one by one

// What the server sent, with arrays for texts.
export function decoded(data) {
  const array = (text) => (text === null ? null : float32sOf(text));
  const scalars = Object.fromEntries(data.scalarNames.map((name, i) => [name, array(data.scalars)[i]]));
  const found = {
    ...data,
    scalars,
    inputs: array(data.inputs),
    kernels: array(data.kernels),
    rest: array(data.rest),
    before: array(data.before),
    values: array(data.values),
  };
  const outputs = Math.max(largestOf(found.before), largestOf(found.values));
  const least = data.operation === "batch_norm" ? MORE : 0; // its divisions enlarge what rounding leaves off
  found.decimals = Math.max(least, decimalsFor(outputs), decimalsFor(largestOf(found.kernels ?? [])));
  return found;
}

// Position of a value in `before`, `values` and `rest`; those of units have one.
export function placeOf(c, [row, column]) {
  return c.isFlat ? 0 : row * c.outputSide + column;
}

// The first row and column that the window at a position covers, and its side. They may be outside: in the padding.
export function windowAt(c, [row, column]) {
  if (!c.window) return { top: row, left: column, size: 1 };
  const { size, stride, zeros } = c.window;
  return { top: row * stride - zeros, left: column * stride - zeros, size };
}

// What the window covers of an input channel, row by row; null for padding.
export function patchOf(c, source, at) {
  const { top, left, size } = windowAt(c, at);
  const start = source * c.inputSide ** 2;
  return Array.from({ length: size * size }, (_, i) => {
    const row = top + Math.floor(i / size);
    const column = left + (i % size);
    const isInside = row >= 0 && column >= 0 && row < c.inputSide && column < c.inputSide;
    return isInside ? c.inputs[start + row * c.inputSide + column] : null;
  });
}

export function kernelOf(c, source) {
  const size = c.window.size ** 2;
  return [...c.kernels.subarray(source * size, (source + 1) * size)];
}

export function productsOf(patch, kernel) {
  return patch.map((value, i) => (value ?? 0) * kernel[i]); // padding is 0
}

// What each input channel or unit adds to the value: `{ source, sum }`, those that are not listed as one at the end.
export function termsOf(c, at) {
  const listed = c.operation === "dense" ? c.sources.length : Math.min(c.sources.length, MAX_ROWS);
  const sums = c.sources.map((_, source) => termOf(c, source, at));
  const terms = sums.slice(0, listed).map((sum, source) => ({ source, sum }));
  const count = c.sources.length - listed + c.restCount;
  if (!count) return terms;
  const others = sumOf(sums.slice(listed)) + (c.rest ? c.rest[placeOf(c, at)] : 0);
  return [...terms, { source: null, count, sum: others }];
}

function termOf(c, source, at) {
  if (c.operation === "dense") return c.inputs[source] * c.kernels[source];
  return sumOf(productsOf(patchOf(c, source, at), kernelOf(c, source)));
}

export function sumOf(values) {
  return values.reduce((sum, value) => sum + value, 0);
}

// The lines of the computation: `{ sign, label, value }`; the last one is the value.
export function ledgerOf(c, at) {
  const value = c.values[placeOf(c, at)];
  const lines = LEDGERS[c.operation](c, at, c.before[placeOf(c, at)], value);
  if (c.activation === "linear") return lines;
  return [...lines, { sign: "→", label: FORMULAS[c.activation], value }];
}

const weighted = (c, at, before) => {
  const terms = termsOf(c, at);
  const count = c.sources.length + c.restCount;
  const [first, result] =
    c.operation === "dense" ? ["Sum of {} products", "logit"] : ["Sum over {} input channels", ""];
  const label = count === 1 ? `Sum of ${c.window.size ** 2} products` : first.replace("{}", count.toLocaleString("en"));
  const bias = "bias" in c.scalars ? [{ sign: "+", label: "bias", value: c.scalars.bias }] : [];
  const name = c.activation !== "linear" ? "before activation" : result && c.isLogits ? result : "value";
  return [
    { sign: "", label, value: sumOf(terms.map((term) => term.sum)) },
    ...bias,
    { sign: "=", label: name, value: before },
  ];
};

const LEDGERS = {
  convolution: weighted,
  depthwise: weighted,
  dense: weighted,
  max_pool: (c, _at, before) => [{ sign: "", label: `Largest of ${c.window.size ** 2} values`, value: before }],
  average_pool: (c, at, before) => mean(patchOf(c, 0, at), before),
  global_average_pool: (c, _at, before) => mean([...c.inputs], before),
  batch_norm: (c, at, before) => {
    const { mean: middle, variance, epsilon, gamma, beta } = c.scalars;
    return [
      { sign: "", label: "x", value: inputAt(c, 0, at) },
      { sign: "−", label: "moving mean", value: middle },
      { sign: "÷", label: "√(moving variance + ε)", value: Math.sqrt(variance + epsilon) },
      { sign: "×", label: "scale γ", value: gamma },
      { sign: "+", label: "offset β", value: beta },
      { sign: "=", label: "value", value: before },
    ];
  },
  activation: (c, at) => [{ sign: "", label: "x", value: inputAt(c, 0, at) }],
  dropout: (c, at, before) => [
    { sign: "", label: "x", value: inputAt(c, 0, at) },
    { sign: "=", label: "passed on: dropout acts in training only", value: before },
  ],
  addition: (c, at, before) => [
    { sign: "", label: c.inputNames[0], value: inputAt(c, 0, at) },
    { sign: "+", label: `${c.inputNames[1]} (skip connection)`, value: inputAt(c, 1, at) },
    { sign: "=", label: "before activation", value: before },
  ],
  flatten: (c, at, before) => {
    const [row, column] = at;
    const map = c.sources[0];
    const sum = `(${row} × ${c.inputSide} + ${column}) × ${c.inputChannels} + ${map}`;
    return [
      { sign: "", label: `row ${row}, column ${column} of map ${map}`, value: inputAt(c, 0, at) },
      { sign: "=", label: `unit ${sum} = ${unitAt(c, at).toLocaleString("en")}`, value: before },
    ];
  },
  softmax: (c, _at, _before, value) => {
    const { exponents, total } = softmaxOf(c);
    return [
      { sign: "", label: "e^(logit − largest)", value: exponents[c.channel] },
      { sign: "÷", label: `sum over the ${exponents.length} classes`, value: total },
      { sign: "=", label: "probability", value },
    ];
  },
};

function mean(values, value) {
  return [
    { sign: "", label: `Sum of ${values.length} values`, value: sumOf(values) },
    { sign: "÷", label: "number of values", value: values.length, isCount: true },
    { sign: "=", label: "mean", value },
  ];
}

function inputAt(c, source, [row, column]) {
  return c.isFlat ? c.inputs[source] : c.inputs[source * c.inputSide ** 2 + row * c.inputSide + column];
}

// The unit of flatten that a pixel of the open map becomes: rows, then columns, then channels.
export function unitAt(c, [row, column]) {
  return (row * c.inputSide + column) * c.inputChannels + c.sources[0];
}

export function softmaxOf(c) {
  const largest = Math.max(...c.inputs);
  const exponents = [...c.inputs].map((logit) => Math.exp(logit - largest));
  const total = sumOf(exponents);
  return { exponents, total, shares: exponents.map((exponent) => exponent / total) };
}

// Where in the window the value came from: the winner of max pooling, else its middle; as a pixel of the input.
export function originOf(c, at) {
  const { top, left, size } = windowAt(c, at);
  let place = Math.floor(size / 2) * size + Math.floor(size / 2);
  if (c.operation === "max_pool") {
    const patch = patchOf(c, 0, at);
    place = patch.reduce((best, value, i) => (value > patch[best] ? i : best), 0);
  }
  const within = (position) => Math.min(c.inputSide - 1, Math.max(0, position));
  return [within(top + Math.floor(place / size)), within(left + (place % size))];
}
