import { element, keepChildren } from "../elements.js";
import { destinationAmong, giveTabStop, moveFocus, pressOne } from "../keyboard.js";
import { offerCsv } from "../tables.js";

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const root = parentElement.querySelector(".numbers");
  if (!root || !data) return;
  const buttons = drawTable(root, data);
  const places = buttons.map((button) => button.dataset.place.split("-").map(Number));
  const focused = buttons.find((button) => button.matches(":focus"));
  giveTabStop(buttons, focused ?? buttons.find((button) => button.dataset.place === data.selected) ?? buttons[0]);

  root.onclick = (event) => {
    const button = pressOne(event, buttons);
    if (button) setTriggerValue("picked", button.dataset.place);
  };
  root.onkeydown = (event) => {
    const here = buttons.indexOf(event.target.closest("button"));
    if (here >= 0) moveFocus(event, buttons, buttons[destinationAmong(event.key, here, places)]);
  };
}

// Elements stay, and only what is in them changes: a press on a button that is replaced before the release is no click.
function drawTable(root, data) {
  if (!root.querySelector("table")) root.append(newTable());
  const table = root.querySelector("table");
  table.setAttribute("aria-label", data.label);
  const titles = keepChildren(table.tHead.rows[0], data.columns.length, () => element("th", "", { scope: "col" }));
  data.columns.forEach(([title, help, isText], j) => {
    titles[j].className = isText ? "text" : "";
    titles[j].title = help;
    titles[j].textContent = title;
  });
  keepChildren(table.tBodies[0], data.rows.length, () => element("tr")).forEach((line, i) => {
    keepChildren(line, data.columns.length, () => element("td")).forEach((cell, j) => {
      cell.className = data.columns[j][2] ? "text" : "";
      drawPlace(cell, data.rows[i][j], `${i}-${j}`, data.selected);
    });
  });
  offerCsv(table, data.file);
  return [...table.querySelectorAll("button")];
}

function newTable() {
  const table = element("table");
  table.createTHead().insertRow();
  table.createTBody();
  return table;
}

function drawPlace(cell, [text, share, note, opens, colour], place, selected) {
  const tag = opens ? "BUTTON" : "SPAN";
  if (cell.firstElementChild?.tagName !== tag) cell.replaceChildren(element(tag, "place"));
  const part = cell.firstElementChild;
  part.title = note;
  if (opens) {
    part.type = "button";
    part.dataset.place = place;
    part.setAttribute("aria-label", note || text);
    part.setAttribute("aria-pressed", String(place === selected));
  }
  part.replaceChildren(...partsOf(text, share, colour));
}

function partsOf(text, share, colour) {
  const parts = [element("span", "words", {}, text)];
  if (colour) {
    const mark = element("span", "mark");
    mark.style.backgroundColor = colour;
    parts.unshift(mark);
  }
  if (share >= 0) {
    const bar = element("span");
    bar.style.width = `${100 * share}%`;
    const track = element("span", "track");
    track.append(bar);
    parts.unshift(track);
  }
  return parts;
}
