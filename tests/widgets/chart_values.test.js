import assert from "node:assert/strict";
import { test } from "node:test";
import { rowsOf } from "../../dashboard/widgets/chart_values.js";

// A figure as Plotly holds it once it is drawn.
function drawn(traces, layout = {}) {
  const full = traces.map((trace) => ({ type: "scatter", visible: true, hoverinfo: "all", ...trace, _input: trace }));
  return { _fullData: full, _fullLayout: layout, layout };
}

const AXES = { xaxis: { title: { text: "Epoch" } }, yaxis: { title: { text: "Loss" } } };

test("all visible series are below one another, under the titles of their axes", () => {
  const traces = [
    { name: "a", x: new Float64Array([1, 2]), y: [0.5, null] },
    { name: "hidden", x: [1], y: [9], visible: "legendonly" },
    { name: "b", y: new Float64Array([3]) },
  ];
  assert.deepEqual(rowsOf(drawn(traces, AXES)), [
    ["Series", "Epoch", "Loss"],
    ["a", 1, 0.5],
    ["a", 2, null],
    ["b", 0, 3],
  ]);
});

test("a series on other axes has columns of its own", () => {
  const layout = { ...AXES, xaxis2: AXES.xaxis, yaxis2: { title: { text: "Share" }, ticksuffix: "%", type: "log" } };
  const traces = [
    { name: "a", x: [1], y: [2] },
    { name: "b", x: [1], y: [0.001], xaxis: "x2", yaxis: "y2" },
  ];
  assert.deepEqual(rowsOf(drawn(traces, layout)), [
    ["Series", "Epoch", "Loss", "Share (%)"],
    ["a", 1, 2, undefined],
    ["b", 1, undefined, 0.001],
  ]);
});

test("error bars are written as their ends, without the noise of the sum", () => {
  const error_y = { visible: true, type: "data", symmetric: false, array: [0.1, 0], arrayminus: [0.2, Number.NaN] };
  assert.deepEqual(rowsOf(drawn([{ x: [1, 2], y: [0.7, 0.5], error_y }], AXES)), [
    ["Epoch", "Loss", "Loss low", "Loss high"],
    [1, 0.7, 0.5, 0.8],
    [2, 0.5, undefined, 0.5],
  ]);
  const percent = { visible: true, type: "percent", symmetric: true, value: 10 };
  assert.deepEqual(rowsOf(drawn([{ x: [1], y: [20], error_y: percent }], AXES))[1], [1, 20, 18, 22]);
});

test("an axis of names gives names, also for what stands beside a tick, and one of numbers its numbers", () => {
  const names = { title: { text: "Class" }, tickvals: [0, 1], ticktext: ["cat", "a &lt; b"], range: [1.5, -0.5] };
  const values = (xaxis, x) => rowsOf(drawn([{ x, y: x }], { ...AXES, xaxis })).map(([first]) => first);
  assert.deepEqual(values(names, [0.12, 0.88]), ["Class", "cat", "a < b"]);
  assert.deepEqual(values({ ...names, range: [0, 1.1] }, [0, 0.5]), ["Class", 0, 0.5]);
});

test("a heat map has a row for each cell", () => {
  const trace = { type: "heatmap", z: [new Float64Array([1, 2]), [3, null]], x: ["p", "q"], y0: 5, dy: 10 };
  const rows = rowsOf(drawn([trace], { xaxis: {}, yaxis: { title: { text: "Row" } } }));
  assert.deepEqual(rows, [
    ["x", "Row", "Value"],
    ["p", 5, 1],
    ["q", 5, 2],
    ["p", 15, 3],
    ["q", 15, null],
  ]);
});

test("parallel coordinates have a column for each dimension, a histogram its values", () => {
  const dimensions = [
    { label: "a", values: [1, 2] },
    { label: "b", values: new Float64Array([3, 4]) },
  ];
  assert.deepEqual(rowsOf(drawn([{ type: "parcoords", dimensions }])), [
    ["a", "b"],
    [1, 3],
    [2, 4],
  ]);
  assert.deepEqual(rowsOf(drawn([{ type: "histogram", x: [1, 1] }], AXES)), [["Epoch"], [1], [1]]);
});

test("columns of its own stand for what a series shows, or follow it", () => {
  const columns = { Rate: [0.001], Trial: [7] };
  const own = rowsOf(drawn([{ name: "a", x: [0, 1], y: [0, 1], meta: { columns, places: false } }], AXES));
  assert.deepEqual(own, [
    ["Series", "Rate", "Trial"],
    ["a", 0.001, 7],
  ]);
  const more = rowsOf(drawn([{ x: [1], y: [2], meta: { columns: { Trial: [7] }, places: true } }], AXES));
  assert.deepEqual(more, [
    ["Epoch", "Loss", "Trial"],
    [1, 2, 7],
  ]);
});

test("marks on other points are left out, and so is markup", () => {
  const traces = [
    { name: "<b>a</b><br>&#x27;1&#39; &lt;b&gt; &amp;lt;", x: [1], y: [2] },
    { x: [1], y: [2], hoverinfo: "skip" },
  ];
  assert.deepEqual(rowsOf(drawn(traces, AXES)).slice(1), [["a '1' <b> &lt;", 1, 2]]);
  assert.deepEqual(rowsOf(drawn([])), []);
});
