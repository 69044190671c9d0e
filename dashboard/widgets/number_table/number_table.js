export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const root = parentElement.querySelector(".numbers");
  if (!root || !data) return;
  const focused = parentElement.activeElement?.dataset?.place ?? root.querySelector("button:focus")?.dataset.place;
  root.replaceChildren(newTable(data));
  const buttons = [...root.querySelectorAll("button")];
  giveTabStop(buttons, buttons.find((button) => button.dataset.place === (focused ?? data.selected)) ?? buttons[0]);
  if (focused) buttons.find((button) => button.dataset.place === focused)?.focus();

  root.onclick = (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    giveTabStop(buttons, button);
    for (const other of buttons) other.setAttribute("aria-pressed", String(other === button));
    setTriggerValue("picked", button.dataset.place);
  };
  root.onkeydown = (event) => {
    const button = event.target.closest("button");
    const next = button && neighbour(buttons, button, event.key);
    if (!next) return;
    event.preventDefault(); // else the page scrolls
    giveTabStop(buttons, next);
    next.focus();
  };
}

function newTable(data) {
  const table = document.createElement("table");
  table.setAttribute("aria-label", data.label);
  const head = table.createTHead().insertRow();
  for (const [title, help, isText] of data.columns) {
    const cell = document.createElement("th");
    cell.scope = "col";
    cell.textContent = title;
    cell.title = help;
    cell.className = isText ? "text" : "";
    head.appendChild(cell);
  }
  const body = table.createTBody();
  data.rows.forEach((row, i) => {
    const line = body.insertRow();
    row.forEach((item, j) => {
      const cell = line.insertCell();
      cell.className = data.columns[j][2] ? "text" : "";
      cell.appendChild(newPlace(item, `${i}-${j}`, data));
    });
  });
  return table;
}

function newPlace([text, share, note, opens, colour], place, data) {
  const part = document.createElement(opens ? "button" : "span");
  part.className = "place";
  part.title = note;
  if (opens) {
    part.type = "button";
    part.dataset.place = place;
    part.setAttribute("aria-label", note || text);
    part.setAttribute("aria-pressed", String(place === data.selected));
  }
  if (share >= 0) {
    const track = part.appendChild(document.createElement("span"));
    track.className = "track";
    track.appendChild(document.createElement("span")).style.width = `${100 * share}%`;
  }
  if (colour) {
    const mark = part.appendChild(document.createElement("span"));
    mark.className = "mark";
    mark.style.backgroundColor = colour;
  }
  const words = part.appendChild(document.createElement("span"));
  words.className = "words";
  words.textContent = text;
  return part;
}

function giveTabStop(buttons, chosen) {
  for (const button of buttons) button.tabIndex = button === chosen ? 0 : -1;
}

function neighbour(buttons, button, key) {
  const [row, column] = button.dataset.place.split("-").map(Number);
  const at = (other) => other.dataset.place.split("-").map(Number);
  switch (key) {
    case "ArrowLeft": return buttons[buttons.indexOf(button) - 1];
    case "ArrowRight": return buttons[buttons.indexOf(button) + 1];
    case "ArrowUp": return buttons.findLast((other) => at(other)[0] < row && at(other)[1] === column);
    case "ArrowDown": return buttons.find((other) => at(other)[0] > row && at(other)[1] === column);
    case "Home": return buttons[0];
    case "End": return buttons[buttons.length - 1];
    default: return undefined;
  }
}
