import { element } from "../elements.js";
import { destinationAmong, giveTabStop, moveFocus, showPressed } from "../keyboard.js";

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const root = parentElement.querySelector(".numbers");
  if (!root || !data) return;
  const focused = parentElement.activeElement?.dataset?.place ?? root.querySelector("button:focus")?.dataset.place;
  root.replaceChildren(newTable(data));
  const buttons = [...root.querySelectorAll("button")];
  const places = buttons.map((button) => button.dataset.place.split("-").map(Number));
  giveTabStop(buttons, buttons.find((button) => button.dataset.place === (focused ?? data.selected)) ?? buttons[0]);
  if (focused) buttons.find((button) => button.dataset.place === focused)?.focus();

  root.onclick = (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    giveTabStop(buttons, button);
    showPressed(buttons, button);
    setTriggerValue("picked", button.dataset.place);
  };
  root.onkeydown = (event) => {
    const here = buttons.indexOf(event.target.closest("button"));
    if (here >= 0) moveFocus(event, buttons, buttons[destinationAmong(event.key, here, places)]);
  };
}

function newTable(data) {
  const table = element("table", "", { "aria-label": data.label });
  const head = table.createTHead().insertRow();
  for (const [title, help, isText] of data.columns) {
    head.append(element("th", isText ? "text" : "", { scope: "col", title: help }, title));
  }
  const body = table.createTBody();
  data.rows.forEach((row, i) => {
    const line = body.insertRow();
    row.forEach((item, j) => {
      const cell = element("td", data.columns[j][2] ? "text" : "");
      cell.append(newPlace(item, `${i}-${j}`, data.selected));
      line.append(cell);
    });
  });
  return table;
}

function newPlace([text, share, note, opens, colour], place, selected) {
  const part = element(opens ? "button" : "span", "place", { title: note });
  if (opens) {
    part.type = "button";
    part.dataset.place = place;
    part.setAttribute("aria-label", note || text);
    part.setAttribute("aria-pressed", String(place === selected));
  }
  if (share >= 0) {
    const bar = element("span");
    bar.style.width = `${100 * share}%`;
    const track = element("span", "track");
    track.append(bar);
    part.append(track);
  }
  if (colour) {
    const mark = element("span", "mark");
    mark.style.backgroundColor = colour;
    part.append(mark);
  }
  part.append(element("span", "words", {}, text));
  return part;
}
