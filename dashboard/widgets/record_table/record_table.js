import { element, keepChildren } from "../elements.js";
import { offerCsv } from "../tables.js";

const WIDTH = 72; // of a line in a cell, in pixels
const HEIGHT = 22;

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const root = parentElement.querySelector(".records");
  if (!root || !data) return;
  drawRecords(root, data);
  root.onchange = (event) => {
    if (event.target.matches(".all input")) for (const box of boxesOf(root)) box.checked = event.target.checked;
    root.dataset.sent = Math.max(Number(root.dataset.sent ?? 0), data.taken) + 1;
    setTriggerValue("picked", [root.dataset.sent, ...markPicked(root)].join(" "));
  };
  root.onclick = (event) => {
    const target = event.target.closest("button, a, input");
    if (target?.dataset.column) setTriggerValue("sorted", target.dataset.column);
    if (target?.dataset.folds) setTriggerValue("folded", target.dataset.folds);
    if (target?.dataset.link && isPlain(event)) {
      event.preventDefault(); // the page is switched without loading the dashboard again
      setTriggerValue("opened", `${target.dataset.link} ${target.dataset.record}`);
    }
    if (target?.matches("td input")) pickUpTo(root, target, event.shiftKey);
  };
}

function isPlain(event) {
  return !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
}

function boxesOf(root) {
  return [...root.querySelectorAll("td input")];
}

// With Shift, the rows between the last click and this one are as this one.
function pickUpTo(root, box, isRange) {
  const boxes = boxesOf(root);
  const here = boxes.indexOf(box);
  const last = boxes.findIndex((other) => other.dataset.record === root.dataset.last);
  if (isRange && last >= 0) {
    for (const other of boxes.slice(Math.min(here, last), Math.max(here, last) + 1)) other.checked = box.checked;
  }
  root.dataset.last = box.dataset.record;
}

// Shows which rows are selected, at once; returns the ids of all rows, with a minus before those that are not.
function markPicked(root) {
  const boxes = boxesOf(root);
  const picked = boxes.filter((box) => box.checked);
  for (const box of boxes) box.closest("tr").setAttribute("aria-selected", String(box.checked));
  const all = root.querySelector(".all input");
  all.checked = boxes.length > 0 && picked.length === boxes.length;
  all.indeterminate = picked.length > 0 && !all.checked;
  return boxes.map((box) => (box.checked ? "" : "-") + box.dataset.record);
}

// Elements stay, and only what is in them changes: a press on a button that is replaced before the release is no click.
function drawRecords(root, data) {
  if (!root.firstElementChild) root.append(newRecords());
  const table = root.firstElementChild;
  table.setAttribute("aria-label", data.label);
  const heads = keepChildren(table.tHead.rows[0], data.columns.length + 2, newHead);
  drawAll(heads[0]);
  data.columns.forEach((column, j) => {
    drawHead(heads[j + 1], column, data.order);
  });
  heads.at(-1).replaceChildren(element("span", "hidden", {}, data.links.length ? "Open" : ""));
  heads.at(-1).className = "";
  const lines = keepChildren(table.tBodies[0], data.rows.length, () => element("tr"));
  lines.forEach((line, i) => {
    drawRecord(line, data.rows[i], data);
  });
  markPicked(root);
  if (data.file) offerCsv(table, data.file);
}

function newRecords() {
  const table = element("table");
  table.createTHead().insertRow();
  table.createTBody();
  return table;
}

function newHead() {
  return element("th", "", { scope: "col" });
}

function drawAll(head) {
  head.className = "all";
  if (!head.firstElementChild) {
    const label = element("label");
    label.append(element("input", "", { type: "checkbox", "aria-label": "Select all rows of this page" }));
    head.replaceChildren(label);
  }
}

function drawHead(head, [name, title, width, help, sorts, isNumber], [by, isDescending]) {
  head.className = isNumber ? "number" : "";
  head.style.minWidth = `${width}px`;
  const tag = sorts ? "BUTTON" : "SPAN";
  if (head.firstElementChild?.tagName !== tag) head.replaceChildren(element(tag, "title"));
  const part = head.firstElementChild;
  part.textContent = title;
  part.title = help;
  head.removeAttribute("aria-sort");
  if (!sorts) return;
  part.type = "button";
  part.dataset.column = name;
  if (by === name) head.setAttribute("aria-sort", isDescending ? "descending" : "ascending");
}

function drawRecord(line, [id, cells, count, isOpen, isInner, opens], data) {
  line.className = isInner ? "inner" : "";
  line.dataset.id = id;
  const places = keepChildren(line, data.columns.length + 2, () => element("td"));
  // What was drawn before the last click came there does not know of it.
  const isLate = Number(line.closest(".records").dataset.sent ?? 0) > data.taken;
  drawBox(places[0], id, cells[data.naming], data.selected.includes(id), isLate);
  cells.forEach((cell, j) => {
    const place = places[j + 1];
    place.className = data.columns[j][5] ? "number" : "";
    place.style.maxWidth = `${Math.max(data.columns[j][2], 60)}px`;
    place.dataset.column = data.columns[j][0];
    place.classList.toggle("naming", j === data.naming);
    drawCell(place, cell, j === data.naming ? { id, count, isOpen } : { count: 1 });
  });
  drawLinks(places.at(-1), id, opens ? data.links : []);
}

function drawBox(place, id, title, isPicked, isLate) {
  place.className = "box";
  if (!place.querySelector("input")) {
    const label = element("label");
    label.append(element("input", "", { type: "checkbox" }));
    place.replaceChildren(label);
  }
  const box = place.querySelector("input");
  if (!isLate || box.dataset.record !== id) box.checked = isPicked;
  box.dataset.record = id;
  box.setAttribute("aria-label", typeof title === "string" && title ? title : id);
}

function drawCell(place, cell, { id, count, isOpen }) {
  const isLine = typeof cell !== "string";
  place.title = isLine ? cell[1] : cell;
  if (isLine) {
    place.replaceChildren(...(cell[0].length > 1 ? [newLine(cell[0])] : []));
  } else if (count > 1) {
    if (place.firstElementChild?.tagName !== "BUTTON") place.replaceChildren(element("button", "", { type: "button" }));
    const part = place.firstElementChild;
    part.dataset.folds = id;
    part.setAttribute("aria-expanded", String(isOpen));
    part.textContent = cell;
  } else {
    place.textContent = cell;
  }
}

function newLine(values) {
  const low = Math.min(...values);
  const span = Math.max(...values) - low || 1;
  const points = values.map((value, i) => {
    const x = 1 + ((WIDTH - 2) * i) / (values.length - 1);
    return `${x.toFixed(1)},${(HEIGHT - 2 - ((HEIGHT - 4) * (value - low)) / span).toFixed(1)}`;
  });
  const space = "http://www.w3.org/2000/svg";
  const picture = document.createElementNS(space, "svg");
  for (const [name, value] of Object.entries({ width: WIDTH, height: HEIGHT, "aria-hidden": true }))
    picture.setAttribute(name, value);
  const line = document.createElementNS(space, "polyline");
  line.setAttribute("points", points.join(" "));
  picture.append(line);
  return picture;
}

function drawLinks(place, id, links) {
  place.className = "links";
  keepChildren(place, links.length, () => element("a")).forEach((anchor, i) => {
    const [name, title, icon, address] = links[i];
    anchor.href = address + id;
    anchor.title = title;
    anchor.setAttribute("aria-label", title);
    anchor.dataset.link = name;
    anchor.dataset.record = id;
    anchor.textContent = icon;
  });
}
