import { element } from "../elements.js";

const COLUMNS = [
  ["", ""],
  ["Layer", ""],
  ["Settings", ""],
  ["Output", "Output shape: height x width x channels, or the number of units."],
  ["Parameters", "Trainable and fixed numbers of the layer."],
  ["Multiply-adds", "For one image, without biases and pooling."],
  ["Memory", "Activations for one image; training stores them for every image of a batch."],
  ["", ""],
];

// Action, path of its icon on 16 x 16, label.
const ACTIONS = [
  ["up", "M8 13V3M4 7l4-4 4 4", "Move up"],
  ["down", "M8 3v10M4 9l4 4 4-4", "Move down"],
  ["duplicate", "M6 6h7v7H6zM10 6V3H3v7h3", "Duplicate"],
  ["remove", "M4 4l8 8M12 4l-8 8", "Remove"],
];

const COSTS = [
  ["shape", "Output"],
  ["parameters", "Parameters"],
  ["multiply_adds", "Multiply-adds"],
  ["memory", "Memory"],
];

export function newHead() {
  const head = element("div", "head", { role: "row" });
  for (const [title, help] of COLUMNS) head.append(element("span", "", { role: "columnheader", title: help }, title));
  return head;
}

// A row that cannot be edited.
export function newFixedRow(title, help) {
  const row = element("div", "row fixed", { role: "row" });
  const cell = (name, more, text) => element("span", name, { role: "cell", ...more }, text);
  row.append(cell("position"), cell("title", { title: help }, title), cell("fields"), newCosts(), cell("actions"));
  return row;
}

// The row of a layer, with its inputs (`row.inputs`, by name) and a place for a problem with one of them.
export function newLayerRow(kindName, kind, newField, act) {
  const row = element("div", "row", { role: "row" });
  row.dataset.kind = kindName;
  row.handle = element("span", "position", { role: "cell", title: "Drag to move" });
  const title = element("span", "title", { role: "cell", title: kind.help }, kind.title);
  title.append(element("span", "name"));
  const fields = element("span", "fields", { role: "cell" });
  row.inputs = {};
  for (const field of kind.fields) {
    const label = element("label", "", { title: field.help });
    row.inputs[field.name] = newField(field, row);
    label.append(element("span", "", {}, field.label), row.inputs[field.name]);
    fields.append(label);
  }
  row.complaint = element("span", "complaint", { role: "alert" });
  row.append(row.handle, title, fields, newCosts(), newActions(act), row.complaint);
  return row;
}

function newActions(act) {
  const actions = element("span", "actions", { role: "cell" });
  for (const [action, path, words] of ACTIONS) {
    const button = element("button", "", { type: "button" });
    button.append(icon(path));
    button.dataset.action = action;
    button.dataset.words = words;
    button.onclick = () => button.getAttribute("aria-disabled") !== "true" && act(action);
    actions.append(button);
  }
  return actions;
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

function newCosts() {
  const costs = element("span", "costs");
  for (const [name, label] of COSTS) {
    const cell = element("span", `cost ${name}`, { role: "cell" });
    cell.dataset.label = label;
    costs.append(cell);
  }
  return costs;
}

// A dash where the cost of a layer is not known.
export function showCosts(row, cost) {
  for (const [name] of COSTS) {
    const cell = row.querySelector(`.${name}`);
    const text = cost ? cost[name] : "–";
    if (cell.textContent !== text) cell.textContent = text;
  }
}

// Names for screen readers, with the position of the row in the table.
export function nameRow(row, kind, position, count) {
  const title = `layer ${position + 1}, ${kind.title.toLowerCase()}`;
  row.handle.textContent = position + 1;
  row.setAttribute("aria-label", title);
  for (const button of row.querySelectorAll(".actions button")) {
    button.setAttribute("aria-label", `${button.dataset.words} ${title}`);
    button.title = button.dataset.words;
  }
  for (const field of kind.fields) row.inputs[field.name].setAttribute("aria-label", `${field.label}, ${title}`);
  row.querySelector("[data-action=up]").setAttribute("aria-disabled", String(position === 0));
  row.querySelector("[data-action=down]").setAttribute("aria-disabled", String(position === count - 1));
}

export function newAdder(kinds, add) {
  const adder = element("div", "adder", { role: "group", "aria-label": "Add a layer" });
  adder.append(element("span", "where"));
  for (const [name, { title, help }] of Object.entries(kinds)) {
    const words = { type: "button", title: help, "aria-label": `Add ${title.toLowerCase()}` };
    const button = element("button", "", words, `+ ${title}`);
    button.dataset.kind = name;
    button.onclick = () => add(name);
    adder.append(button);
  }
  return adder;
}
