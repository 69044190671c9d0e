// The person edits here and the server validates: each edit sends the whole table, and the answer brings shapes, costs
// and problems. A field that has the focus is never overwritten.

import { element } from "../elements.js";
import { followInAddress } from "./address.js";
import { makeDraggable } from "./dragging.js";
import { positionOf, withDuplicate, withLayerAfter, withLayerAt, withoutLayer } from "./edits.js";
import { judge, newInput, revert } from "./fields.js";
import { nameRow, newAdder, newFixedRow, newHead, newLayerRow, showCosts } from "./markup.js";
import { Sender } from "./sender.js";

export default function (component) {
  const root = component.parentElement.querySelector(".editor");
  if (!root || !component.data) return;
  root.editor ??= new Editor(root, component.data.kinds);
  root.editor.update(component);
  followInAddress(component.data.address);
}

class Editor {
  constructor(root, kinds) {
    this.root = root;
    this.kinds = kinds;
    this.layers = []; // [{id, kind, fields: {name: text}}]
    this.rows = new Map(); // id -> element
    this.revision = null;
    this.newIds = 0;
    this.current = null; // id of the layer after which a new one comes
    this.sender = new Sender(
      (seq) => this.setStateValue("edit", { revision: this.revision, seq, layers: structuredClone(this.layers) }),
      (seq) => this.setTriggerValue("settled", seq),
    );
    this.lay();
    root.addEventListener("keydown", (event) => this.undoByKey(event));
  }

  lay() {
    this.list = element("div", "list", { role: "rowgroup" });
    this.input = newFixedRow("Input", "One digit: 28 x 28 pixels, one channel.");
    this.output = newFixedRow("Output", "Always present: one probability for each of the ten classes.");
    this.total = newFixedRow("Total", "Multiply-adds and memory are for one image.");
    this.total.classList.add("total");
    this.problem = element("p", "problem", { role: "alert" });
    this.adder = newAdder(this.kinds, (kind) => this.add(kind));
    const table = element("div", "table", { role: "table", "aria-label": "Layers of the network" });
    table.append(newHead(), this.input, this.list, this.output, this.total);
    this.root.append(table, this.problem, this.adder);
  }

  undoByKey(event) {
    const isUndo = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z";
    if (!isUndo || event.composedPath()[0].tagName === "INPUT") return; // text fields have their own undo
    event.preventDefault();
    this.setTriggerValue(event.shiftKey ? "redo" : "undo", this.seq);
  }

  update({ data, setStateValue, setTriggerValue }) {
    this.data = data;
    this.setStateValue = setStateValue;
    this.setTriggerValue = setTriggerValue;
    this.sender.catchUp(data.answered);
    if (data.revision !== this.revision) this.takeOver(data);
    else if (data.answered < this.seq) return; // an answer to an earlier edit; that to the last one will follow
    this.drawAnswer();
  }

  takeOver(data) {
    const kept = this.typedMeanwhile(data);
    this.revision = data.revision;
    this.layers = data.layers.map(({ id, kind, fields }) => ({ id, kind, fields: { ...fields } }));
    if (positionOf(this.layers, this.current) < 0) this.current = null;
    if (kept) this.layerOf(kept.id).fields[kept.name] = kept.text;
    this.drawRows();
    if (kept) {
      this.sender.send();
      kept.input.typed = this.seq;
    }
  }

  // Text being typed into a layer that still exists when other layers arrive, as after Undo on a slow connection. The
  // server has not received it yet, or has dropped it because it was an edit of the earlier layers.
  typedMeanwhile(data) {
    const input = this.focused();
    if (!input || !(input.typed > data.answered || input.typed === data.dropped)) return null;
    for (const { id, kind } of data.layers) {
      const row = this.rows.get(id);
      if (!row || row.dataset.kind !== kind) continue;
      const name = Object.keys(row.inputs).find((name) => row.inputs[name] === input);
      if (name) return { id, name, input, text: input.value };
    }
    return null;
  }

  drawRows() {
    const focused = this.focused();
    for (const [id, row] of this.rows) {
      if (this.layerOf(id)?.kind === row.dataset.kind) continue;
      row.remove();
      this.rows.delete(id);
    }
    this.layers.forEach((layer, position) => {
      if (!this.rows.has(layer.id)) this.rows.set(layer.id, this.newRow(layer));
      const row = this.rows.get(layer.id);
      const there = this.list.children[position];
      if (there !== row) this.list.insertBefore(row, there ?? null);
      for (const [name, input] of Object.entries(row.inputs)) {
        if (input.value !== layer.fields[name]) input.value = layer.fields[name];
      }
    });
    this.nameRows();
    if (focused?.isConnected && this.focused() !== focused) focused.focus({ preventScroll: true });
  }

  nameRows() {
    this.layers.forEach((layer, position) => {
      const row = this.rows.get(layer.id);
      nameRow(row, this.kinds[layer.kind], position, this.layers.length);
      row.classList.toggle("current", layer.id === this.current);
    });
    const at = positionOf(this.layers, this.current);
    const title = at < 0 ? "" : this.kinds[this.layers[at].kind].title.toLowerCase();
    this.adder.firstChild.textContent = at < 0 ? "Add at the end:" : `Add after layer ${at + 1} (${title}):`;
  }

  drawAnswer() {
    const { data } = this;
    const faultAt = data.problem ? data.problem.layer : -1;
    this.layers.forEach((layer, position) => {
      const row = this.rows.get(layer.id);
      showCosts(row, data.costs[position]);
      row.classList.toggle("at-fault", faultAt === position);
      row.querySelector(".name").textContent = data.layers[position]?.name ?? "";
      this.judgeInputs(row, layer, data.layers[position]);
    });
    showCosts(this.input, { shape: data.input, parameters: "", multiply_adds: "", memory: "" });
    showCosts(this.output, data.isComplete ? data.costs[this.layers.length] : null);
    this.output.classList.toggle("at-fault", faultAt === this.layers.length);
    showCosts(this.total, data.total);
    const sentence = data.problem ? data.problem.sentence : "";
    if (this.problem.textContent !== sentence) this.problem.textContent = sentence;
  }

  judgeInputs(row, layer, accepted) {
    for (const [name, input] of Object.entries(row.inputs)) {
      const found = this.data.fieldProblems.find((problem) => problem.id === layer.id && problem.field === name);
      judge(input, {
        row,
        layer,
        name,
        sentence: found ? found.sentence : "",
        accepted: accepted?.id === layer.id ? accepted.fields[name] : null,
        isFocused: this.focused() === input,
      });
    }
  }

  newRow({ id, kind, fields }) {
    const newField = (field) => this.newField(id, field, fields[field.name]);
    const row = newLayerRow(kind, this.kinds[kind], newField, (action) => this[action](id));
    row.addEventListener("focusin", () => this.makeCurrent(id));
    row.addEventListener("pointerdown", () => this.makeCurrent(id));
    makeDraggable(row, row.handle, {
      list: this.list,
      moveTo: (position) => {
        this.layers = withLayerAt(this.layers, id, position);
        this.drawRows();
      },
      drop: () => this.sender.send(),
    });
    return row;
  }

  newField(id, field, text) {
    const input = newInput(field, text, {
      take: () => {
        const layer = this.layerOf(id);
        if (layer) layer.fields[field.name] = input.value;
        this.sender.send();
        input.typed = this.seq;
      },
      leave: () => {
        const layer = this.layerOf(id);
        if (layer && input.getAttribute("aria-invalid") === "true") revert(input, layer, field.name);
      },
    });
    return input;
  }

  add(kind) {
    const layer = { id: this.newId(), kind, fields: { ...this.kinds[kind].defaults } };
    this.change(withLayerAfter(this.layers, this.current, layer), this.current === null ? null : layer.id);
  }

  duplicate(id) {
    this.change(withDuplicate(this.layers, id, this.newId()), this.current);
  }

  remove(id) {
    const at = positionOf(this.layers, id);
    const layers = withoutLayer(this.layers, id);
    const next = layers[at] ?? layers[at - 1];
    this.change(layers, layers[at]?.id ?? null);
    const row = next && this.rows.get(next.id);
    const target = row ? row.querySelector("[data-action=remove]") : this.adder.querySelector("button");
    target.focus({ preventScroll: true });
  }

  up(id) {
    this.change(withLayerAt(this.layers, id, positionOf(this.layers, id) - 1), this.current);
  }

  down(id) {
    this.change(withLayerAt(this.layers, id, positionOf(this.layers, id) + 1), this.current);
  }

  change(layers, current) {
    this.layers = layers;
    this.current = current;
    this.drawRows();
    this.sender.send();
  }

  makeCurrent(id) {
    if (this.current === id) return;
    this.current = id;
    this.nameRows();
  }

  // The number of the last edit; it is answered when the server has said what it makes of it.
  get seq() {
    return this.sender.seq;
  }

  layerOf(id) {
    return this.layers[positionOf(this.layers, id)];
  }

  newId() {
    this.newIds += 1;
    return `b${Date.now().toString(36)}${this.newIds}`;
  }

  focused() {
    return this.root.getRootNode().activeElement;
  }
}
