const FAINT_UP_TO = 0.6; // below, the page's own text colour is readable; above, white is

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const root = parentElement.querySelector(".confusion");
  if (!root || !data) return;
  if (!root.firstChild) root.appendChild(newTable(data.names.length));
  const table = root.querySelector("table");
  table.setAttribute("aria-label", `${data.label}. Rows are true labels, columns predicted labels.`);

  const [chosenRow, chosenColumn] = data.selected;
  const places = [...table.querySelectorAll("button")];
  for (const button of places) draw(button, data);
  showChosen(places, chosenRow, chosenColumn);
  if (!places.some((button) => button.tabIndex === 0)) places[places.length - 1].tabIndex = 0;

  table.onclick = (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    giveTabStop(places, button);
    const [row, column] = where(button);
    showChosen(places, row, column);
    const kind = row < 0 ? "predicted" : column < 0 ? "true" : "cell";
    setTriggerValue("picked", [kind, row, column].filter((part) => part !== -1).join("-"));
  };
  table.onkeydown = (event) => {
    const button = event.target.closest("button");
    const next = button && destination(event.key, where(button), data.names.length);
    const target = next && places.find((other) => where(other).join() === next.join());
    if (!target) return;
    event.preventDefault(); // else the page scrolls
    giveTabStop(places, target);
    target.focus();
  };
}

function newTable(size) {
  const table = document.createElement("table");
  const head = table.createTHead().insertRow();
  head.insertCell().className = "corner";
  for (let column = 0; column < size; column++) head.appendChild(heading("col", -1, column));
  const body = table.createTBody();
  for (let row = 0; row < size; row++) {
    const line = body.insertRow();
    line.appendChild(heading("row", row, -1));
    for (let column = 0; column < size; column++) line.insertCell().appendChild(newButton(row, column));
  }
  return table;
}

function heading(scope, row, column) {
  const cell = document.createElement("th");
  cell.scope = scope;
  cell.appendChild(newButton(row, column));
  return cell;
}

function newButton(row, column) {
  const button = document.createElement("button");
  button.type = "button";
  button.tabIndex = -1;
  button.dataset.row = row;
  button.dataset.column = column;
  return button;
}

function where(button) {
  return [Number(button.dataset.row), Number(button.dataset.column)];
}

function draw(button, data) {
  const [row, column] = where(button);
  const note = row < 0 ? data.columns[column] : column < 0 ? data.rows[row] : data.notes[row][column];
  button.title = note;
  button.setAttribute("aria-label", note);
  if (row < 0 || column < 0) {
    button.textContent = data.names[Math.max(row, column)];
    return;
  }
  const shade = data.shades[row][column];
  const isStrong = shade > FAINT_UP_TO;
  const alpha = shade === 0 ? 0.06 : isStrong ? 0.9 + (shade - FAINT_UP_TO) / 4 : 0.1 + (0.4 * shade) / FAINT_UP_TO;
  const colour = shade === 0 ? "#7f8790" : row === column ? data.right : data.wrong;
  button.textContent = data.texts[row][column];
  button.style.backgroundColor = `${colour}${Math.round(255 * alpha).toString(16).padStart(2, "0")}`;
  button.style.color = isStrong ? "#ffffff" : "var(--st-text-color)";
  button.disabled = data.onlyWrong && row === column;
}

function showChosen(places, chosenRow, chosenColumn) {
  for (const button of places) {
    const [row, column] = where(button);
    const isChosen = row === chosenRow && column === chosenColumn;
    const isLine = chosenRow < 0 || chosenColumn < 0;
    const isOnLine = isLine && (chosenRow >= 0 || chosenColumn >= 0) && (row === chosenRow || column === chosenColumn);
    button.setAttribute("aria-pressed", String(isChosen));
    button.classList.toggle("line", isOnLine && row >= 0 && column >= 0);
    if (isChosen && !places.some((other) => other.matches(":focus"))) giveTabStop(places, button);
  }
}

function giveTabStop(places, chosen) {
  for (const button of places) button.tabIndex = button === chosen ? 0 : -1;
}

function destination(key, [row, column], size) {
  const clamp = (value) => Math.min(size - 1, Math.max(-1, value));
  switch (key) {
    case "ArrowLeft": return [row, clamp(column - 1)];
    case "ArrowRight": return [row, clamp(column + 1)];
    case "ArrowUp": return [clamp(row - 1), column];
    case "ArrowDown": return [clamp(row + 1), column];
    case "Home": return [row, row < 0 ? 0 : -1];
    case "End": return [row, size - 1];
    default: return null;
  }
}
