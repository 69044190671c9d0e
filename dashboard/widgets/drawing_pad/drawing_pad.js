import { base64Of, bytesOf, greyscale, paint, placeIn } from "../pixels.js";
import { SIDE, stroke } from "./ink.js";

const REPORT_MILLISECONDS = 120; // while drawing; the end of a stroke is reported at once
const MAX_UNDO = 50;

const pads = new WeakMap(); // the state of each pad on the page between two calls

export default function (component) {
  const { data, parentElement, setStateValue } = component;
  const canvas = parentElement.querySelector("canvas");
  if (!canvas || !data) return;
  canvas.setAttribute("aria-label", data.label);
  parentElement.querySelector(".pad").style.maxWidth = `${data.width}px`;

  let pad = pads.get(canvas);
  if (!pad || pad.token !== data.token) {
    pad = { token: data.token, ink: bytesOf(data.now), undo: [], tool: pad?.tool ?? "pen", timer: null, last: null };
    pads.set(canvas, pad);
  }
  pad.start = bytesOf(data.start);
  parentElement.querySelector('[data-action="reset"]').hidden = !data.canReset;
  show(canvas, pad);
  const report = () => {
    clearTimeout(pad.timer);
    pad.timer = null;
    setStateValue("drawn", { token: pad.token, pixels: base64Of(pad.ink) });
  };
  takeStrokes(canvas, pad, () => Number(parentElement.querySelector("input").value), report);
  takeTools(parentElement.querySelector(".tools"), canvas, pad, report);
}

function show(canvas, pad) {
  paint(canvas, greyscale(pad.ink), SIDE, SIDE);
}

function keepForUndo(pad) {
  pad.undo.push(pad.ink.slice());
  if (pad.undo.length > MAX_UNDO) pad.undo.shift();
}

function takeStrokes(canvas, pad, width, report) {
  const draw = (event) => {
    const to = placeIn(canvas, event, SIDE, SIDE);
    stroke(pad.ink, pad.last ?? to, to, width(), pad.tool === "pen");
    pad.last = to;
  };
  const showAndReport = () => {
    show(canvas, pad);
    pad.timer ??= setTimeout(report, REPORT_MILLISECONDS);
  };
  canvas.onpointerdown = (event) => {
    if (event.button > 0) return;
    event.preventDefault(); // otherwise a stroke selects text
    canvas.setPointerCapture(event.pointerId);
    keepForUndo(pad);
    draw(event);
    showAndReport();
  };
  canvas.onpointermove = (event) => {
    if (!pad.last) return;
    for (const step of event.getCoalescedEvents?.() ?? [event]) draw(step);
    showAndReport();
  };
  const end = () => {
    if (!pad.last) return;
    pad.last = null;
    report();
  };
  canvas.onpointerup = end;
  canvas.onpointercancel = end;
}

function takeTools(tools, canvas, pad, report) {
  const showTool = () => {
    for (const button of tools.querySelectorAll("[data-tool]")) {
      button.setAttribute("aria-pressed", String(button.dataset.tool === pad.tool));
    }
  };
  showTool();
  tools.onclick = (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.dataset.tool) {
      pad.tool = button.dataset.tool;
      showTool();
      return;
    }
    const next = inkAfter(button.dataset.action, pad);
    if (!next) return;
    if (button.dataset.action !== "undo") keepForUndo(pad);
    pad.ink = next;
    show(canvas, pad);
    report();
  };
}

function inkAfter(action, pad) {
  if (action === "undo") return pad.undo.pop();
  return action === "reset" ? pad.start.slice() : new Uint8Array(SIDE * SIDE);
}
