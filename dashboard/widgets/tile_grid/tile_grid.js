import { element, keepChildren } from "../elements.js";
import { destinationInGrid, giveTabStop, moveFocus, perRow, pressOne } from "../keyboard.js";
import { signedPalette } from "../palette.js";
import { int16sOf, paint, pixelUnder, signed } from "../pixels.js";

const FULL = 32767; // how `limit` is written
const NOT_A_NUMBER = -32768;
const SVG = "http://www.w3.org/2000/svg";

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const root = parentElement.querySelector(".tiles");
  if (!root || !data) return;
  const values = Float32Array.from(int16sOf(data.values), (value) => (value === NOT_A_NUMBER ? Number.NaN : value));
  const colours = signedPalette(data.palette, root);
  const grid = root.querySelector(".grid");

  grid.setAttribute("aria-label", data.label);
  grid.style.setProperty("--cell", `${data.cell}px`);
  grid.classList.toggle("units", data.side === 1);
  const buttons = keepChildren(grid, data.count, newButton);
  const focused = buttons.indexOf(parentElement.activeElement ?? document.activeElement);
  buttons.forEach((button, i) => {
    draw(button, i, data, values, colours);
  });
  giveTabStop(buttons, buttons[data.selected ?? Math.max(0, focused)]);
  drawLegend(root.querySelector(".legend"), data, values, colours);

  grid.onclick = (event) => {
    const button = data.picks ? pressOne(event, buttons) : null;
    if (button) setTriggerValue("picked", buttons.indexOf(button));
  };
  grid.onkeydown = (event) => {
    const here = buttons.indexOf(event.target.closest("button"));
    moveFocus(event, buttons, buttons[destinationInGrid(event.key, here, buttons.length, perRow(buttons))]);
  };
  const note = root.querySelector(".note");
  grid.onpointermove = (event) => {
    const button = event.target.closest("button");
    note.classList.toggle("shown", button !== null);
    if (button) showNote(note, root, event, noteOf(button, buttons.indexOf(button), event, data, values));
  };
  grid.onpointerleave = () => note.classList.remove("shown");
}

function newButton() {
  const button = element("button", "", { type: "button" });
  button.append(element("canvas"), element("span"));
  return button;
}

function draw(button, i, data, values, colours) {
  const [canvas, caption] = button.children;
  const size = data.side ** 2;
  paint(canvas, signed(values.subarray(i * size, (i + 1) * size), FULL, colours), data.side, data.side);
  drawOutline(button, data);
  caption.textContent = data.captions ? data.captions[i] : "";
  button.setAttribute("aria-label", data.names[i]);
  button.setAttribute("aria-pressed", String(i === data.selected));
}

function drawOutline(button, data) {
  let outline = button.querySelector("svg");
  if (!data.outline) {
    outline?.remove();
    return;
  }
  if (!outline) {
    outline = document.createElementNS(SVG, "svg");
    outline.setAttribute("aria-hidden", "true");
    outline.append(document.createElementNS(SVG, "path"));
    button.append(outline);
  }
  outline.setAttribute("viewBox", `0 0 ${data.side} ${data.side}`);
  outline.firstChild.setAttribute("d", data.outline);
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
  if (Number.isNaN(number)) return "not a number";
  return number === 0 ? "0" : Number(number.toPrecision(3)).toString().replace("-", "−");
}

function noteOf(button, position, event, data, values) {
  const pixel = data.side > 1 ? pixelUnder(button.firstChild, event, data.side, data.side) : null;
  if (!pixel) return data.names[position];
  const [row, column] = pixel;
  const value = (data.limit * values[position * data.side ** 2 + row * data.side + column]) / FULL;
  return `${data.names[position]} · row ${row}, column ${column}: ${shown(value)}`;
}

function showNote(note, root, event, text) {
  note.textContent = text;
  const box = root.getBoundingClientRect();
  const left = Math.min(event.clientX - box.left + 12, box.width - note.offsetWidth);
  note.style.left = `${Math.max(0, left)}px`;
  note.style.top = `${event.clientY - box.top + 18}px`;
}
