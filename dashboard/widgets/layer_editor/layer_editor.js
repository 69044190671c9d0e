// The person edits here and the server judges: each edit sends the whole table, and the answer brings shapes, costs and
// problems. A field that is being typed in is never written to.

const THROTTLE = 60; // ms between two messages while a key is held down
const PAUSE = 400; // ms without an edit, after which the rest of the page is to follow

export default function (component) {
  const root = component.parentElement.querySelector(".editor");
  if (!root || !component.data) return;
  root.editor ??= new Editor(root);
  root.editor.update(component);
  showLink(component.data.link);
}

// The address follows the form without a step in the browser's history for each letter typed.
function showLink(link) {
  const url = new URL(window.location.href);
  if (!url.pathname.endsWith("/design") || url.searchParams.get("design") === link) return;
  url.searchParams.set("design", link);
  window.history.replaceState(window.history.state, "", url);
}

class Editor {
  constructor(root) {
    this.root = root;
    this.layers = []; // [{id, kind, fields: {name: text}}]
    this.rows = new Map(); // id -> element
    this.revision = null;
    this.seq = 0;
    this.newIds = 0;
    this.current = null; // id of the layer after which a new one comes
    this.head = element("div", "head", { role: "row" });
    for (const [title, help] of COLUMNS) this.head.append(element("span", "", { role: "columnheader", title: help }, title));
    this.list = element("div", "list", { role: "rowgroup" });
    this.input = fixedRow("Input", "A digit of 28 x 28 pixels, one number each.");
    this.output = fixedRow("Output", "Always there: one probability for each of the ten digits.");
    this.total = fixedRow("In all", "Multiply-adds and memory are for one image.");
    this.total.classList.add("total");
    this.problem = element("p", "problem", { role: "alert" });
    const table = element("div", "table", { role: "table", "aria-label": "Layers of the network" });
    table.append(this.head, this.input, this.list, this.output, this.total);
    this.adder = element("div", "adder", { role: "group", "aria-label": "Add a layer" });
    root.append(table, this.problem, this.adder);
    root.addEventListener("keydown", (event) => {
      const isUndo = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z";
      if (!isUndo || event.composedPath()[0].tagName === "INPUT") return; // a text field has an undo of its own
      event.preventDefault();
      this.setTriggerValue(event.shiftKey ? "redo" : "undo", this.seq);
    });
  }

  update({ data, setStateValue, setTriggerValue }) {
    this.data = data;
    this.setStateValue = setStateValue;
    this.setTriggerValue = setTriggerValue;
    this.seq = Math.max(this.seq, data.answered);
    if (!this.adder.children.length) this.drawAdder();
    if (data.revision !== this.revision) {
      const kept = this.typedMeanwhile(data);
      this.revision = data.revision;
      this.layers = data.layers.map((layer) => ({ ...layer, fields: { ...layer.fields } }));
      if (!this.layers.some((layer) => layer.id === this.current)) this.current = null;
      if (kept) this.layers.find((layer) => layer.id === kept.id).fields[kept.name] = kept.text;
      this.drawRows();
      if (kept) {
        this.send();
        kept.input.typed = this.seq;
      }
    } else if (data.answered < this.seq) {
      return; // an answer to an earlier edit; the last one's is on its way
    }
    this.drawAnswer();
  }

  // What a person is typing into a layer that is still there, when other layers arrive, as after Undo on a slow line. The
  // server has not seen it yet, or has dropped it because it was meant for the layers from before.
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

  // Drawing ----------------------------------------------------------------------------------------------------------

  drawRows() {
    const focused = this.focused();
    const ids = new Set(this.layers.map((layer) => layer.id));
    for (const [id, row] of this.rows) {
      if (!ids.has(id)) {
        row.remove();
        this.rows.delete(id);
      }
    }
    this.layers.forEach((layer, position) => {
      let row = this.rows.get(layer.id);
      if (row && row.dataset.kind !== layer.kind) {
        row.remove();
        row = null;
      }
      if (!row) this.rows.set(layer.id, (row = this.newRow(layer)));
      const there = this.list.children[position];
      if (there !== row) this.list.insertBefore(row, there ?? null);
      for (const field of this.data.kinds[layer.kind].fields) {
        const input = row.inputs[field.name];
        if (input.value !== layer.fields[field.name]) input.value = layer.fields[field.name];
      }
    });
    this.number();
    if (focused && focused.isConnected && this.focused() !== focused) focused.focus({ preventScroll: true });
  }

  number() {
    this.layers.forEach((layer, position) => {
      const row = this.rows.get(layer.id);
      const title = `layer ${position + 1}, ${this.data.kinds[layer.kind].title.toLowerCase()}`;
      row.querySelector(".position").textContent = position + 1;
      row.setAttribute("aria-label", title);
      for (const button of row.querySelectorAll(".actions button")) {
        button.setAttribute("aria-label", `${button.dataset.words} ${title}`);
        button.title = button.dataset.words;
      }
      for (const field of this.data.kinds[layer.kind].fields) {
        row.inputs[field.name].setAttribute("aria-label", `${field.label}, ${title}`);
      }
      row.querySelector("[data-action=up]").setAttribute("aria-disabled", String(position === 0));
      row.querySelector("[data-action=down]").setAttribute("aria-disabled", String(position === this.layers.length - 1));
      row.classList.toggle("current", layer.id === this.current);
    });
    const at = this.layers.findIndex((layer) => layer.id === this.current);
    const title = at < 0 ? "" : this.data.kinds[this.layers[at].kind].title.toLowerCase();
    this.adder.firstChild.textContent = at < 0 ? "Add at the end:" : `Add after layer ${at + 1} (${title}):`;
  }

  drawAnswer() {
    const { data } = this;
    const problems = new Map(data.fieldProblems.map((found) => [`${found.id} ${found.field}`, found.sentence]));
    this.layers.forEach((layer, position) => {
      const row = this.rows.get(layer.id);
      fill(row, data.costs[position], data.isComplete || position < data.costs.length);
      const isAtFault = data.problem !== null && data.problem.layer === position;
      row.classList.toggle("at-fault", isAtFault);
      const accepted = data.layers[position];
      row.querySelector(".name").textContent = accepted ? accepted.name : "";
      for (const field of data.kinds[layer.kind].fields) {
        const sentence = problems.get(`${layer.id} ${field.name}`) ?? "";
        this.judge(row, layer, field.name, sentence, accepted && accepted.id === layer.id ? accepted.fields[field.name] : null);
      }
    });
    fill(this.input, { shape: data.input, parameters: "", multiplyAdds: "", memory: "" }, true);
    fill(this.output, data.isComplete ? data.costs[this.layers.length] : null, data.isComplete);
    this.output.classList.toggle("at-fault", data.problem !== null && data.problem.layer === this.layers.length);
    fill(this.total, { shape: "", ...data.total }, true);
    const sentence = data.problem ? data.problem.sentence : "";
    if (this.problem.textContent !== sentence) this.problem.textContent = sentence;
  }

  // A field with a problem keeps its text as long as the person is in it, then goes back to what it was before.
  judge(row, layer, name, sentence, accepted) {
    const input = row.inputs[name];
    const isFocused = this.focused() === input;
    input.accepted = accepted;
    if (sentence) {
      input.setAttribute("aria-invalid", "true");
      row.complaint.textContent = sentence;
      row.complaint.dataset.field = name;
      if (!isFocused) this.revert(input, layer, name);
      return;
    }
    input.removeAttribute("aria-invalid");
    if (row.complaint.dataset.field === name && isFocused) {
      row.complaint.textContent = "";
      delete row.complaint.dataset.field;
    }
    if (!isFocused && accepted !== null && input.tagName === "INPUT" && input.value !== accepted) {
      input.value = accepted;
      layer.fields[name] = accepted;
    }
  }

  revert(input, layer, name) {
    if (input.accepted === null || input.accepted === undefined) return;
    input.value = input.accepted;
    layer.fields[name] = input.accepted;
    input.removeAttribute("aria-invalid");
  }

  newRow(layer) {
    const kind = this.data.kinds[layer.kind];
    const row = element("div", "row", { role: "row" });
    row.dataset.kind = layer.kind;
    const handle = element("span", "position", { role: "cell", title: "Drag to move" });
    const title = element("span", "title", { role: "cell", title: kind.help }, kind.title);
    title.append(element("span", "name"));
    const fields = element("span", "fields", { role: "cell" });
    row.inputs = {};
    for (const field of kind.fields) fields.append(this.newField(row, layer, field));
    row.complaint = element("span", "complaint", { role: "alert" });
    const actions = element("span", "actions", { role: "cell" });
    for (const [action, path, words] of ACTIONS) {
      const button = element("button", "", { type: "button" });
      button.append(icon(path));
      button.dataset.action = action;
      button.dataset.words = words;
      button.onclick = () => button.getAttribute("aria-disabled") !== "true" && this[action](layer.id, button);
      actions.append(button);
    }
    row.append(handle, title, fields, costCells(), actions, row.complaint);
    row.addEventListener("focusin", () => this.makeCurrent(layer.id));
    row.addEventListener("pointerdown", () => this.makeCurrent(layer.id));
    this.makeDraggable(row, handle, layer.id);
    return row;
  }

  newField(row, layer, field) {
    const label = element("label", field.kind, { title: field.help });
    const input = field.kind === "choice" ? newSelect(field) : element("input", "", { type: "text", inputmode: "decimal", autocomplete: "off", spellcheck: "false", maxlength: "40" });
    input.value = layer.fields[field.name];
    input.setAttribute("aria-description", field.help);
    input.dataset.field = field.name;
    const take = () => {
      const now = this.layers.find((other) => other.id === layer.id);
      if (now) now.fields[field.name] = input.value;
      this.send();
      input.typed = this.seq;
    };
    input.addEventListener("input", take);
    input.addEventListener("blur", () => {
      const now = this.layers.find((other) => other.id === layer.id);
      if (now && input.getAttribute("aria-invalid") === "true") this.revert(input, now, field.name);
    });
    if (field.kind !== "choice") {
      input.addEventListener("focus", () => input.select());
      input.addEventListener("keydown", (event) => {
        if (event.key === "Enter" || event.key === "Escape") return input.blur();
        const direction = { ArrowUp: 1, ArrowDown: -1 }[event.key];
        if (!direction) return;
        event.preventDefault();
        input.value = stepped(input.value, field, direction * (event.shiftKey ? 10 : 1));
        take();
      });
    }
    row.inputs[field.name] = input;
    label.append(element("span", "", {}, field.label), input);
    return label;
  }

  drawAdder() {
    this.adder.append(element("span", "where"));
    for (const [kind, { title, help }] of Object.entries(this.data.kinds)) {
      const button = element("button", "", { type: "button", title: help, "aria-label": `Add ${title.toLowerCase()}` }, `+ ${title}`);
      button.dataset.kind = kind;
      button.onclick = () => this.add(kind);
      this.adder.append(button);
    }
  }

  // Edits ------------------------------------------------------------------------------------------------------------

  add(kind) {
    const layer = { id: this.newId(), kind, fields: { ...this.data.kinds[kind].defaults } };
    const at = this.layers.findIndex((other) => other.id === this.current);
    this.layers.splice(at < 0 ? this.layers.length : at + 1, 0, layer);
    this.current = at < 0 ? null : layer.id;
    this.changed();
  }

  duplicate(id) {
    const at = this.layers.findIndex((layer) => layer.id === id);
    const { kind, fields } = this.layers[at];
    this.layers.splice(at + 1, 0, { id: this.newId(), kind, fields: { ...fields } });
    this.changed();
  }

  remove(id) {
    const at = this.layers.findIndex((layer) => layer.id === id);
    this.layers.splice(at, 1);
    const next = this.layers[Math.min(at, this.layers.length - 1)];
    this.current = at < this.layers.length && next ? next.id : null;
    this.changed();
    const target = next ? this.rows.get(next.id).querySelector("[data-action=remove]") : this.adder.querySelector("button");
    target.focus({ preventScroll: true });
  }

  up(id) {
    this.move(id, -1);
  }

  down(id) {
    this.move(id, 1);
  }

  move(id, places) {
    const at = this.layers.findIndex((layer) => layer.id === id);
    const to = Math.min(Math.max(at + places, 0), this.layers.length - 1);
    if (to === at) return;
    this.layers.splice(to, 0, this.layers.splice(at, 1)[0]);
    this.changed();
  }

  changed() {
    this.drawRows();
    this.send();
  }

  makeCurrent(id) {
    if (this.current === id) return;
    this.current = id;
    this.number();
  }

  makeDraggable(row, handle, id) {
    handle.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      event.preventDefault();
      handle.setPointerCapture(event.pointerId);
      row.classList.add("dragged");
      handle.onpointermove = (move) => {
        const rows = [...this.list.children];
        const target = rows.findIndex((other) => move.clientY < other.getBoundingClientRect().bottom);
        const at = rows.indexOf(row);
        const to = target < 0 ? rows.length - 1 : target;
        if (to !== at) {
          this.layers.splice(to, 0, this.layers.splice(at, 1)[0]);
          this.drawRows();
        }
      };
      handle.onpointerup = handle.onpointercancel = () => {
        handle.onpointermove = handle.onpointerup = handle.onpointercancel = null;
        row.classList.remove("dragged");
        this.send();
      };
    });
  }

  // Sending ----------------------------------------------------------------------------------------------------------

  send() {
    clearTimeout(this.pause);
    this.pause = setTimeout(() => this.setTriggerValue("settled", this.seq), PAUSE);
    if (this.timer) return;
    const wait = Math.max(0, THROTTLE - (performance.now() - (this.sentAt ?? -Infinity)));
    const now = () => {
      this.timer = null;
      this.sentAt = performance.now();
      this.setStateValue("edit", { revision: this.revision, seq: this.seq, layers: structuredClone(this.layers) });
    };
    this.seq += 1;
    if (wait === 0) now();
    else this.timer = setTimeout(now, wait);
  }

  newId() {
    this.newIds += 1;
    return `b${Date.now().toString(36)}${this.newIds}`;
  }

  focused() {
    return this.root.getRootNode().activeElement;
  }
}

const COLUMNS = [
  ["", ""],
  ["Layer", ""],
  ["Settings", ""],
  ["Output", "What leaves the layer: height x width x channels, or one length."],
  ["Parameters", "Numbers the layer learns."],
  ["Multiply-adds", "Work for one image; biases and pooling are left out."],
  ["Memory", "What the layer computes for one image; training keeps it for every image of a batch."],
  ["", ""],
];

// Action, what its icon draws on 16 x 16, words.
const ACTIONS = [
  ["up", "M8 13V3M4 7l4-4 4 4", "Move up"],
  ["down", "M8 3v10M4 9l4 4 4-4", "Move down"],
  ["duplicate", "M6 6h7v7H6zM10 6V3H3v7h3", "Duplicate"],
  ["remove", "M4 4l8 8M12 4l-8 8", "Remove"],
];

const COSTS = [
  ["shape", "Output"],
  ["parameters", "Parameters"],
  ["multiplyAdds", "Multiply-adds"],
  ["memory", "Memory"],
];

function element(tag, className = "", attributes = {}, text = "") {
  const made = document.createElement(tag);
  if (className) made.className = className;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (text) made.textContent = text;
  return made;
}

function icon(path) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  for (const [name, value] of Object.entries({ viewBox: "0 0 16 16", width: 16, height: 16, "aria-hidden": true })) {
    svg.setAttribute(name, value);
  }
  const drawn = document.createElementNS("http://www.w3.org/2000/svg", "path");
  drawn.setAttribute("d", path);
  svg.append(drawn);
  return svg;
}

function costCells() {
  const costs = element("span", "costs");
  for (const [name, label] of COSTS) {
    const cell = element("span", `cost ${name}`, { role: "cell" });
    cell.dataset.label = label;
    costs.append(cell);
  }
  return costs;
}

function fixedRow(title, help) {
  const row = element("div", "row fixed", { role: "row" });
  const cell = (name, more, text) => element("span", name, { role: "cell", ...more }, text);
  row.append(cell("position"), cell("title", { title: help }, title), cell("fields"), costCells(), cell("actions"));
  return row;
}

function fill(row, cost, isKnown) {
  for (const [name] of COSTS) {
    const cell = row.querySelector(`.${name}`);
    const text = isKnown && cost ? cost[name] : "–";
    if (cell.textContent !== text) cell.textContent = text;
  }
}

function newSelect(field) {
  const select = document.createElement("select");
  for (const choice of field.choices) select.append(new Option(choice.replaceAll("_", " "), choice));
  return select;
}

function stepped(text, field, steps) {
  const step = field.step ?? 1;
  const number = Number(text.trim() === "" ? field.low : text.replace(",", "."));
  if (Number.isNaN(number)) return text;
  const next = Math.min(Math.max(number + steps * step, field.low), field.high);
  return String(Number(next.toFixed(6)));
}
