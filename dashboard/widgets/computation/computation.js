import { signedPalette } from "../palette.js";
import { bytesOf } from "../pixels.js";
import { decoded, ledgerOf, originOf, placeOf, windowAt } from "./arithmetic.js";
import { drawDetail } from "./detail.js";
import { drawLedger } from "./grids.js";
import { shownNumber } from "./numbers.js";
import { captionPicture, followPointer, framePicture, newPicture, paintGrey, paintSigned } from "./pictures.js";

const DIGIT_SIDE = 28;
const NARROW = 3; // side of the largest kernel whose grids fit below the pictures
const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
const WAYS = { PageUp: "back", PageDown: "forward" };
const REST_MS = 500; // after the last key or click, the server learns of the pixel, for the link

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const root = parentElement.querySelector(".computation");
  if (!root || !data) return;
  const c = decoded(data);
  c.colours = signedPalette(data.palette, root);
  for (const [name, colour] of Object.entries({ below: c.colours[0], above: c.colours[2] })) {
    root.style.setProperty(`--${name}`, `rgb(${colour.join(",")})`);
  }
  const view = viewOf(root);
  adopt(root, data);
  view.source = root.focusedOn === data.id ? Math.min(view.source, c.sources.length - 1) : firstSource(c);
  root.focusedOn = data.id;
  root.classList.toggle("wide", c.window !== null && c.window.size > NARROW);

  const show = (at) => draw(view, c, at);
  const tellSoon = () => {
    clearTimeout(root.timer);
    root.timer = setTimeout(() => {
      root.told = root.at.join();
      setTriggerValue("pinned", root.at);
    }, REST_MS);
  };
  const choose = (at) => {
    root.at = at;
    show(at);
    if (!c.isFlat) tellSoon();
  };
  const go = (way) => {
    if (!data[way]) return;
    clearTimeout(root.timer);
    setTriggerValue("moved", { way, at: root.at, origin: originOf(c, root.at), source: view.source });
  };

  for (const way of ["back", "forward"]) {
    const button = root.querySelector(`.${way}`);
    button.disabled = !data[way];
    button.textContent = way === "back" ? `← ${data.back ?? ""}` : `${data.forward ?? ""} →`;
    button.onclick = () => go(way);
  }
  paintGrey(view.digit, bytesOf(data.digit), DIGIT_SIDE);
  view.output.hidden = c.isFlat;
  if (!c.isFlat) {
    paintSigned(view.output, c.values, c.outputSide, data.outputLimit, c.colours);
    followPointer(view.output, c.outputSide, { point: show, choose, leave: () => show(root.at) });
  }
  const focus = (event) => {
    const source = sourceOf(event);
    if (source === null) return;
    view.source = source;
    show(root.at);
  };
  view.terms.onclick = focus;
  view.terms.onpointerover = (event) => {
    const source = sourceOf(event);
    if (source !== null) frameSource(view, c, source);
  };
  view.terms.onpointerleave = () => show(root.at);
  root.onkeydown = (event) => {
    const step = STEPS[event.key];
    if (event.key === "Enter" && sourceOf(event) !== null) focus(event);
    if (WAYS[event.key]) {
      event.preventDefault();
      go(WAYS[event.key]);
    } else if (step && !c.isFlat && !event.altKey && !event.ctrlKey && !event.metaKey) {
      event.preventDefault(); // otherwise the page scrolls
      choose(root.at.map((place, i) => Math.min(c.outputSide - 1, Math.max(0, place + step[i]))));
    }
  };
  show(root.at);
}

// The input that is open at first, and that the way back leads to: of a probability its own logit.
function firstSource(c) {
  return c.operation === "softmax" ? c.channel : 0;
}

// The input whose line the pointer or the focus is on; null if on none.
function sourceOf(event) {
  const position = event.target.closest("tr")?.dataset.position;
  return position ? Number(position) : null;
}

// Which pixel is open: the person's own, unless the server names another one than it was told.
function adopt(root, data) {
  const sent = data.pixel.join();
  if (root.shown !== data.id || (sent !== root.sent && sent !== root.told)) {
    root.at = data.pixel;
    clearTimeout(root.timer);
  }
  root.shown = data.id;
  root.sent = sent;
}

function viewOf(root) {
  if (!root.view) {
    const maps = root.querySelector(".maps");
    const view = {
      digit: newPicture("digit"),
      input: newPicture("input"),
      output: newPicture("output"),
      ledger: root.querySelector(".ledger tbody"),
      sums: root.querySelector(".sums"),
      terms: root.querySelector(".terms tbody"),
      place: root.querySelector(".way span"),
      note: root.querySelector("p"),
      source: 0,
    };
    maps.append(view.digit, view.input, view.output);
    view.output.querySelector(".box").tabIndex = 0;
    root.view = view;
  }
  return root.view;
}

function draw(view, c, at) {
  const value = c.values[placeOf(c, at)];
  view.place.textContent = c.isFlat
    ? `${c.label}: ${shownNumber(value, c.decimals)}`
    : `Row ${at[0]}, column ${at[1]}: ${shownNumber(value, c.decimals)}`;
  drawInput(view, c, at);
  framePicture(view.digit, DIGIT_SIDE, fieldAt(c, at));
  captionPicture(view.digit, c.isWholeDigit ? "receptive field: whole digit" : "receptive field in the digit");
  if (!c.isFlat) {
    framePicture(view.output, c.outputSide, { top: at[0], left: at[1], height: 1, width: 1 });
    captionPicture(view.output, c.label);
  }
  drawLedger(view.ledger, ledgerOf(c, at), c.decimals);
  drawDetail(view, c, at);
  view.note.textContent = c.note.replace("{}", c.decimals);
}

function drawInput(view, c, at) {
  view.input.hidden = c.isInputFlat;
  if (c.isInputFlat) return;
  const size = c.inputSide ** 2;
  const shown = c.inputs.subarray(view.source * size, (view.source + 1) * size);
  paintSigned(view.input, shown, c.inputSide, c.inputLimit, c.colours);
  const { top, left, size: side } = windowAt(c, at);
  const whole = { top: 0, left: 0, height: c.inputSide, width: c.inputSide };
  framePicture(view.input, c.inputSide, c.isFlat ? whole : { top, left, height: side, width: side });
  captionPicture(view.input, c.sourceNames[view.source]);
}

// The part of the digit that can change the value.
function fieldAt(c, at) {
  const [rows, columns] = c.isFlat ? [c.fields[0], c.fields.at(-1)] : at.map((place) => c.fields[place]);
  return { top: rows[0], left: columns[0], height: rows[1] - rows[0] + 1, width: columns[1] - columns[0] + 1 };
}

// The part of the digit behind one input of a dense unit.
function frameSource(view, c, source) {
  const field = c.sourceFields?.[source];
  if (!field) return;
  const [[top, bottom], [left, right]] = field;
  framePicture(view.digit, DIGIT_SIDE, { top, left, height: bottom - top + 1, width: right - left + 1 });
  captionPicture(view.digit, `digit: behind ${c.sourceNames[source]}`);
}
