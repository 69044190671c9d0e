const FULL = 32767; // how `limit` is written

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const root = parentElement.querySelector(".tiles");
  if (!root || !data) return;
  const values = decoded(data.values);
  const colours = palette(data, root);
  const grid = root.querySelector(".grid");

  grid.setAttribute("aria-label", data.label);
  grid.style.setProperty("--cell", `${data.cell}px`);
  grid.classList.toggle("units", data.side === 1);
  while (grid.children.length > data.count) grid.lastChild.remove();
  while (grid.children.length < data.count) grid.appendChild(newButton());
  const buttons = [...grid.children];
  const focused = buttons.indexOf(parentElement.activeElement ?? document.activeElement);
  const tabbed = data.selected ?? Math.max(0, focused);
  buttons.forEach((button, i) => {
    paint(button.firstChild, values, i, data.side, colours);
    button.children[1].textContent = data.captions ? data.captions[i] : "";
    button.setAttribute("aria-label", data.names[i]);
    button.setAttribute("aria-pressed", String(i === data.selected));
    button.tabIndex = i === tabbed ? 0 : -1; // one stop for Tab, arrow keys within
  });
  drawLegend(root.querySelector(".legend"), data, values, colours);

  grid.onclick = (event) => {
    const button = event.target.closest("button");
    if (!button || !data.picks) return;
    giveTabStop(buttons, button);
    for (const other of buttons) other.setAttribute("aria-pressed", String(other === button));
    setTriggerValue("picked", buttons.indexOf(button));
  };
  grid.onkeydown = (event) => {
    const next = buttons[destination(event.key, buttons.indexOf(event.target.closest("button")), buttons)];
    if (!next) return;
    event.preventDefault(); // else the page scrolls
    giveTabStop(buttons, next);
    next.focus();
  };
  const note = root.querySelector(".note");
  grid.onpointermove = (event) => showNote(note, root, event, buttons, values, data);
  grid.onpointerleave = () => note.classList.remove("shown");
}

// Whole numbers of 16 bits, the least byte first.
function decoded(text) {
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  return Int16Array.from({ length: bytes.length / 2 }, (_, i) => view.getInt16(2 * i, true));
}

// The colours of the theme the page really has: the server hears of a change a moment later.
function palette(data, root) {
  const [r, g, b] = rgb(getComputedStyle(root).getPropertyValue("--st-background-color").trim());
  return data.palette[0.3 * r + 0.6 * g + 0.1 * b < 128 ? "dark" : "light"].map(rgb);
}

function rgb(colour) {
  const hex = /^#([0-9a-f]{6})/i.exec(colour);
  if (hex) return [0, 2, 4].map((i) => parseInt(hex[1].slice(i, i + 2), 16));
  return (colour.match(/[\d.]+/g) ?? ["255", "255", "255"]).slice(0, 3).map(Number);
}

function newButton() {
  const button = document.createElement("button");
  button.type = "button";
  button.appendChild(document.createElement("canvas"));
  button.appendChild(document.createElement("span"));
  return button;
}

function paint(canvas, values, position, side, [negative, zero, positive]) {
  if (canvas.width !== side) canvas.width = canvas.height = side;
  const context = canvas.getContext("2d");
  const image = context.createImageData(side, side);
  const start = position * side * side;
  for (let i = 0; i < side * side; i++) {
    const share = values[start + i] / FULL;
    const end = share < 0 ? negative : positive;
    for (let part = 0; part < 3; part++)
      image.data[4 * i + part] = zero[part] + Math.abs(share) * (end[part] - zero[part]);
    image.data[4 * i + 3] = 255;
  }
  context.putImageData(image, 0, 0);
}

function drawLegend(legend, data, values, colours) {
  legend.hidden = !data.legend;
  if (!data.legend) return;
  const isSigned = values.some((value) => value < 0);
  const stops = (isSigned ? colours : colours.slice(1)).map((colour) => `rgb(${colour.join(",")})`);
  const [low, ramp, high] = legend.children;
  low.textContent = isSigned ? shown(-data.limit) : "0";
  ramp.style.background = `linear-gradient(90deg, ${stops.join(",")})`;
  high.textContent = shown(data.limit);
}

function shown(number) {
  return number === 0 ? "0" : Number(number.toPrecision(3)).toString().replace("-", "−");
}

function showNote(note, root, event, buttons, values, data) {
  const button = event.target.closest("button");
  if (!button) return note.classList.remove("shown");
  const place = button.firstChild.getBoundingClientRect();
  const column = Math.floor((data.side * (event.clientX - place.left)) / place.width);
  const row = Math.floor((data.side * (event.clientY - place.top)) / place.height);
  const position = buttons.indexOf(button);
  let text = data.names[position];
  if (row >= 0 && row < data.side && column >= 0 && column < data.side && data.side > 1) {
    const value = (data.limit * values[position * data.side ** 2 + row * data.side + column]) / FULL;
    text += ` · row ${row}, column ${column}: ${shown(value)}`;
  }
  note.textContent = text;
  note.classList.add("shown");
  const box = root.getBoundingClientRect();
  const left = Math.min(event.clientX - box.left + 12, box.width - note.offsetWidth);
  note.style.left = `${Math.max(0, left)}px`;
  note.style.top = `${event.clientY - box.top + 18}px`;
}

function giveTabStop(buttons, chosen) {
  for (const button of buttons) button.tabIndex = button === chosen ? 0 : -1;
}

function destination(key, here, buttons) {
  if (here < 0) return -1;
  const secondRow = buttons.findIndex((button) => button.offsetTop > buttons[0].offsetTop);
  const perRow = secondRow < 0 ? buttons.length : secondRow; // as the browser wrapped them
  switch (key) {
    case "ArrowLeft": return here - 1;
    case "ArrowRight": return here + 1;
    case "ArrowUp": return here - perRow;
    case "ArrowDown": return here + perRow;
    case "Home": return 0;
    case "End": return buttons.length - 1;
    default: return -1;
  }
}
