import { element } from "../elements.js";
import { destinationInTable, giveTabStop, moveFocus } from "../keyboard.js";
import { isDark } from "../palette.js";
import { offerCsv } from "../tables.js";
import { isStrong, opacityOf, withOpacity } from "./shading.js";

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const root = parentElement.querySelector(".confusion");
  if (!root || !data) return;
  const size = data.names.length;
  if (root.querySelectorAll("tbody tr").length !== size) root.replaceChildren(newTable(size));
  const table = root.querySelector("table");
  table.setAttribute("aria-label", `${data.label}. Rows are true labels, columns predicted labels.`);
  offerCsv(table, data.file);
  const places = [...table.querySelectorAll("button")];
  root.classList.toggle("changes", data.palette !== null);
  const signs = data.palette?.[isDark(root) ? "dark" : "light"];
  for (const button of places) draw(button, data, signs);
  showChosen(places, data.selected);
  const open = places.filter((button) => !button.disabled);
  if (!open.some((button) => button.tabIndex === 0)) giveTabStop(places, open[open.length - 1]);

  table.onclick = (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    giveTabStop(places, button);
    const [row, column] = where(button);
    showChosen(places, [row, column]);
    const kind = row < 0 ? "predicted" : column < 0 ? "true" : "cell";
    setTriggerValue("picked", [kind, row, column].filter((part) => part !== -1).join("-"));
  };
  table.onkeydown = (event) => {
    const button = event.target.closest("button");
    if (button) moveFocus(event, places, next(places, where(button), event.key, size));
  };
}

// The button that a key leads to; those that cannot be picked are skipped.
function next(places, from, key, size) {
  const to = destinationInTable(key, from, size);
  const target = to && places.find((other) => where(other).join() === to.join());
  if (!target?.disabled) return target;
  const isEnd = to.join() === from.join() || key === "End";
  return isEnd ? undefined : next(places, to, key, size);
}

function newTable(size) {
  const table = document.createElement("table");
  const head = table.createTHead().insertRow();
  head.insertCell();
  for (let column = 0; column < size; column++) head.append(heading("col", -1, column));
  const body = table.createTBody();
  for (let row = 0; row < size; row++) {
    const line = body.insertRow();
    line.append(heading("row", row, -1));
    for (let column = 0; column < size; column++) line.insertCell().append(newButton(row, column));
  }
  return table;
}

function heading(scope, row, column) {
  const cell = element("th", "", { scope });
  cell.append(newButton(row, column));
  return cell;
}

function newButton(row, column) {
  const button = element("button", "", { type: "button", tabindex: "-1" });
  button.dataset.row = row;
  button.dataset.column = column;
  return button;
}

function where(button) {
  return [Number(button.dataset.row), Number(button.dataset.column)];
}

function draw(button, data, signs) {
  const [row, column] = where(button);
  const note = row < 0 ? data.columns[column] : column < 0 ? data.rows[row] : data.notes[row][column];
  button.title = note;
  button.setAttribute("aria-label", note);
  if (row < 0 || column < 0) {
    button.textContent = data.names[Math.max(row, column)];
    return;
  }
  const { right, wrong, empty } = data.colours;
  const shade = Math.abs(data.shades[row][column]);
  const ofSign = signs ? signs[data.shades[row][column] < 0 ? 0 : 2] : row === column ? right : wrong;
  const colour = shade === 0 ? empty : ofSign;
  button.textContent = data.texts[row][column];
  button.style.backgroundColor = withOpacity(colour, opacityOf(shade));
  const onStrong = signs ? "var(--st-background-color)" : "#ffffff"; // the signed colours of a dark page are pale
  button.style.color = isStrong(shade) ? onStrong : "var(--st-text-color)";
  button.disabled = data.onlyWrong && row === column;
}

function showChosen(places, [chosenRow, chosenColumn]) {
  const isLine = chosenRow < 0 !== chosenColumn < 0;
  for (const button of places) {
    const [row, column] = where(button);
    const isChosen = row === chosenRow && column === chosenColumn;
    const isOnLine = isLine && (row === chosenRow || column === chosenColumn);
    button.setAttribute("aria-pressed", String(isChosen));
    button.classList.toggle("line", isOnLine && row >= 0 && column >= 0);
    if (isChosen && !places.some((other) => other.matches(":focus"))) giveTabStop(places, button);
  }
}
