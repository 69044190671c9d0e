import { announceAnswer } from "../live_answer.js";
import { base64Of, bytesOf, greyscale, paint, placeIn } from "../pixels.js";
import { redo, remember, undo } from "./history.js";
import { SIDE, stroke } from "./ink.js";
import { keep, kept } from "./kept.js";
import { actionOfKey, DIRECTIONS } from "./shortcuts.js";

// While drawing, the next report waits for the answer to the last one, but not longer than this: an answer takes as
// long as the line and the server do, and more reports than answers would only make them later.
const PATIENCE_MILLISECONDS = 250;
// Where answers follow the pen by themselves, the page reruns once it rests for so long: a rerun would hold them up.
const REST_MILLISECONDS = 400;
const KEY_STEP = 0.5; // how far an arrow key moves, in pixels of a digit

const pads = new WeakMap(); // the state of each pad on the page between two calls

export default function (component) {
  const { data, parentElement, setStateValue, setTriggerValue } = component;
  const canvas = parentElement.querySelector("canvas");
  if (!canvas || !data) return;
  canvas.setAttribute("aria-label", data.label);
  parentElement.querySelector(".surface").style.maxWidth = `${data.width}px`;
  canvas.style.imageRendering = data.side > SIDE ? "auto" : "pixelated";

  let pad = pads.get(canvas);
  if (!pad || pad.token !== data.token) {
    pad = newPad(data, pad);
    pads.set(canvas, pad);
    const drawn = kept(data);
    if (drawn) Object.assign(pad, { ink: bytesOf(drawn), isUnsaid: true });
  }
  pad.isWaiting = false;
  pad.nAnswered = pad.nReported;
  parentElement.querySelector('[data-action="reset"]').hidden = !data.canReset;
  const slider = parentElement.querySelector("input");
  const surface = { canvas, slider, tools: parentElement.querySelector(".tools"), side: data.side };
  surface.cursor = parentElement.querySelector(".cursor");
  surface.radius = () => (Number(slider.value) * data.side) / SIDE;
  surface.report = () => {
    clearTimeout(pad.timer);
    Object.assign(pad, { timer: null, isWaiting: true, isUnsaid: false, nReported: pad.nAsked });
    const pixels = base64Of(pad.ink);
    keep(pad, data, pixels);
    setStateValue("drawn", { token: pad.token, pixels });
  };
  surface.enter = () => {
    if (data.enters) setTriggerValue("entered", { token: pad.token, pixels: base64Of(pad.ink) });
  };
  surface.ask = data.asks && !pad.isRefused ? () => ask(data, surface, pad) : null;
  show(surface, pad);
  takeStrokes(surface, pad);
  takeTools(surface, pad);
  takeKeys(surface, pad);
  if (pad.isUnsaid) surface.report();
}

function newPad(data, before) {
  clearTimeout(before?.timer);
  return {
    token: data.token,
    start: bytesOf(data.start),
    ink: bytesOf(data.now),
    undo: [],
    redo: [],
    tool: before?.tool ?? "pen",
    timer: null,
    last: null, // where the pointer is while it draws
    cursor: [data.side / 2, data.side / 2], // where the keys are
    isPressed: false,
    isWaiting: false,
    isUnsaid: false,
    nAsked: 0, // drawings that the server was asked about
    nReported: 0, // the last of them that the last report tells of
    nAnswered: 0, // and the last one that the page has answered
    isAsking: false,
    isUnasked: false,
    isRefused: false,
  };
}

// What the server answers to the drawing of now, unless the page knows better by then.
async function ask(data, surface, pad) {
  if (pad.isAsking) {
    pad.isUnasked = true;
    return;
  }
  Object.assign(pad, { isAsking: true, isUnasked: false });
  const n = ++pad.nAsked;
  const headers = { "Content-Type": "application/octet-stream" };
  try {
    const response = await fetch(data.asks, { method: "POST", headers, body: pad.ink.slice() });
    if (!response.ok) throw new Error(response.statusText);
    const answer = await response.json();
    if (n > pad.nAnswered) announceAnswer(data.channel, answer);
  } catch {
    pad.isRefused = true; // the server was stopped, or a network is gone: the page says so when it reruns
    surface.ask = null;
    surface.report();
  }
  pad.isAsking = false;
  if (pad.isUnasked) surface.ask?.();
}

function show(surface, pad) {
  paint(surface.canvas, greyscale(pad.ink), surface.side, surface.side);
  for (const button of surface.tools.querySelectorAll("[data-tool]")) {
    button.setAttribute("aria-pressed", String(button.dataset.tool === pad.tool));
  }
  for (const name of ["undo", "redo"]) {
    surface.tools.querySelector(`[data-action="${name}"]`).setAttribute("aria-disabled", String(!pad[name].length));
  }
}

function reportSoon(surface, pad) {
  if (surface.ask) {
    surface.ask();
    clearTimeout(pad.timer);
    pad.timer = setTimeout(surface.report, REST_MILLISECONDS);
    return;
  }
  if (!pad.isWaiting) {
    surface.report();
    return;
  }
  pad.isUnsaid = true;
  pad.timer ??= setTimeout(surface.report, PATIENCE_MILLISECONDS);
}

function takeStrokes(surface, pad) {
  const { canvas } = surface;
  const draw = (event) => {
    const to = placeIn(canvas, event, surface.side, surface.side);
    stroke(pad.ink, pad.last ?? to, to, surface.radius(), pad.tool === "pen");
    pad.last = to;
  };
  canvas.onpointerdown = (event) => {
    if (event.button > 0) return;
    event.preventDefault(); // otherwise a stroke selects text
    canvas.focus({ preventScroll: true }); // so that the keys work after a stroke
    canvas.setPointerCapture(event.pointerId);
    remember(pad);
    draw(event);
    show(surface, pad);
    reportSoon(surface, pad);
  };
  canvas.onpointermove = (event) => {
    if (!pad.last) return;
    for (const step of event.getCoalescedEvents?.() ?? [event]) draw(step);
    show(surface, pad);
    reportSoon(surface, pad);
  };
  const end = () => {
    if (!pad.last) return;
    pad.last = null;
    surface.report();
  };
  canvas.onpointerup = end;
  canvas.onpointercancel = end;
}

function takeTools(surface, pad) {
  surface.tools.onclick = (event) => {
    const button = event.target.closest("button");
    if (button) act(button.dataset.tool ?? button.dataset.action, surface, pad);
  };
}

function takeKeys(surface, pad) {
  const { canvas, cursor } = surface;
  canvas.onkeydown = (event) => {
    const action = actionOfKey(event);
    if (!action) return;
    event.preventDefault(); // otherwise the page scrolls
    if (action in DIRECTIONS) move(DIRECTIONS[action], surface, pad);
    else if (action === "press" || action === "lift") press(action === "press" && !pad.isPressed, surface, pad);
    else act(action, surface, pad);
  };
  canvas.onblur = () => {
    pad.isPressed = false;
    cursor.hidden = true;
  };
}

// What a button or a key does that stands for a tool or an action.
function act(action, surface, pad) {
  if (action === "pen" || action === "eraser") {
    pad.tool = action;
    show(surface, pad);
  } else if (action === "thinner" || action === "thicker") {
    if (action === "thicker") surface.slider.stepUp();
    else surface.slider.stepDown();
  } else if (action === "enter") {
    surface.enter();
  } else if (hasChanged(action, pad)) {
    show(surface, pad);
    surface.report();
  }
}

function hasChanged(action, pad) {
  if (action === "undo") return undo(pad);
  if (action === "redo") return redo(pad);
  remember(pad);
  pad.ink = action === "reset" ? pad.start.slice() : new Uint8Array(pad.ink.length);
  return true;
}

function move([right, down], surface, pad) {
  const step = (KEY_STEP * surface.side) / SIDE;
  const inside = (place) => Math.min(surface.side, Math.max(0, place));
  const [x, y] = pad.cursor;
  pad.cursor = [inside(x + step * right), inside(y + step * down)];
  if (pad.isPressed) drawByKey([x, y], surface, pad);
  showCursor(surface, pad);
}

function press(isPressed, surface, pad) {
  pad.isPressed = isPressed;
  if (isPressed) {
    remember(pad);
    drawByKey(pad.cursor, surface, pad);
  }
  showCursor(surface, pad);
}

function drawByKey(from, surface, pad) {
  stroke(pad.ink, from, pad.cursor, surface.radius(), pad.tool === "pen");
  show(surface, pad);
  reportSoon(surface, pad);
}

function showCursor({ cursor, side }, pad) {
  const [x, y] = pad.cursor;
  cursor.hidden = false;
  cursor.style.left = `${(100 * x) / side}%`;
  cursor.style.top = `${(100 * y) / side}%`;
  cursor.classList.toggle("pressed", pad.isPressed);
}
