import assert from "node:assert/strict";
import { test } from "node:test";
import {
  stepped,
  withDuplicate,
  withLayerAfter,
  withLayerAt,
  withoutLayer,
} from "../../dashboard/widgets/layer_editor/edits.js";
import { judge } from "../../dashboard/widgets/layer_editor/fields.js";
import { Sender } from "../../dashboard/widgets/layer_editor/sender.js";

const LAYERS = ["a", "b", "c"].map((id) => ({ id, kind: "conv", fields: { filters: "8" } }));
const ids = (layers) => layers.map((layer) => layer.id).join("");

test("a new layer comes after the current one, or at the end", () => {
  const layer = { id: "n", kind: "dense", fields: {} };
  assert.equal(ids(withLayerAfter(LAYERS, "a", layer)), "anbc");
  assert.equal(ids(withLayerAfter(LAYERS, null, layer)), "abcn");
  assert.equal(ids(LAYERS), "abc");
});

test("a duplicate stands below and has fields of its own", () => {
  const layers = withDuplicate(LAYERS, "b", "d");
  assert.equal(ids(layers), "abdc");
  assert.deepEqual(layers[2], { id: "d", kind: "conv", fields: { filters: "8" } });
  layers[2].fields.filters = "9";
  assert.equal(layers[1].fields.filters, "8");
});

test("a layer is removed", () => {
  assert.equal(ids(withoutLayer(LAYERS, "b")), "ac");
});

for (const [id, to, expected] of [
  ["a", 2, "bca"],
  ["c", 0, "cab"],
  ["b", 1, "abc"],
  ["a", -1, "abc"],
  ["c", 3, "abc"],
]) {
  test(`layer ${id} moved to position ${to} gives ${expected}`, () => {
    assert.equal(ids(withLayerAt(LAYERS, id, to)), expected);
  });
}

for (const [text, steps, expected] of [
  ["8", 1, "9"],
  ["8", -10, "1"],
  ["63", 10, "64"],
  ["", 1, "2"],
  ["many", 1, "many"],
]) {
  test(`"${text}" after ${steps} steps is ${expected}`, () => {
    assert.equal(stepped(text, { step: 1, low: 1, high: 64 }, steps), expected);
  });
}

test("steps of tenths stay short numbers, and a comma is a point", () => {
  const field = { step: 0.1, low: 0, high: 0.9 };
  assert.equal(stepped("0.2", field, 1), "0.3");
  assert.equal(stepped("0,2", field, 1), "0.3");
  assert.equal(stepped("0.9", field, 1), "0.9");
});

function sending(context) {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  let now = 0;
  context.mock.method(performance, "now", () => now);
  const edits = [];
  const settled = [];
  const sender = new Sender(
    (seq) => edits.push(seq),
    (seq) => settled.push(seq),
  );
  const tick = (milliseconds) => {
    now += milliseconds;
    context.mock.timers.tick(milliseconds);
  };
  return { sender, edits, settled, tick };
}

test("the first edit is sent at once, those right after it together", (context) => {
  const { sender, edits, tick } = sending(context);
  sender.send();
  assert.deepEqual(edits, [1]);
  sender.send();
  sender.send();
  assert.deepEqual(edits, [1]);
  tick(60);
  assert.deepEqual(edits, [1, 2]);
});

test("a pause is told once, after the last edit", (context) => {
  const { sender, settled, tick } = sending(context);
  sender.send();
  tick(300);
  sender.send();
  tick(399);
  assert.deepEqual(settled, []);
  tick(1);
  assert.deepEqual(settled, [2]);
});

test("counting goes on where the server is", (context) => {
  const { sender, edits } = sending(context);
  sender.catchUp(41);
  sender.catchUp(3);
  sender.send();
  assert.deepEqual(edits, [42]);
});

test("a problem stays when its field is left, and goes when another value is accepted there", () => {
  const input = { value: "999999", tagName: "INPUT", setAttribute() {}, removeAttribute() {} };
  const row = { complaint: { textContent: "", dataset: {} } };
  const layer = { id: "a", fields: { filters: "999999" } };
  const answer = (sentence, accepted, isFocused) =>
    judge(input, { row, layer, name: "filters", sentence, accepted, isFocused });
  answer("Too large.", "6", true);
  assert.equal(input.value, "999999");
  answer("Too large.", "6", false);
  assert.equal(input.value, "6");
  answer("", "6", false); // the next answer, to what it went back to
  assert.equal(row.complaint.textContent, "Too large.");
  input.value = "12";
  answer("", "12", false); // left with Enter before the answer came
  assert.equal(row.complaint.textContent, "");
});
