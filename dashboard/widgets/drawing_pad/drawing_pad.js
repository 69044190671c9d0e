const SIDE = 28;
const REPORT_MILLISECONDS = 120; // while drawing; the end of a stroke is reported at once
const MAX_UNDO = 50;

const pads = new WeakMap(); // what each pad on the page holds between two calls

export default function (component) {
  const { data, parentElement, setStateValue } = component;
  const canvas = parentElement.querySelector("canvas");
  if (!canvas || !data) return;
  canvas.setAttribute("aria-label", data.label);
  parentElement.querySelector(".pad").style.maxWidth = `${data.width}px`;

  let pad = pads.get(canvas);
  if (!pad || pad.token !== data.token) {
    pad = { token: data.token, ink: decoded(data.now), undo: [], tool: pad?.tool ?? "pen", timer: null, last: null };
    pads.set(canvas, pad);
  }
  pad.start = decoded(data.start);
  paint(canvas, pad.ink);

  const report = () => {
    clearTimeout(pad.timer);
    pad.timer = null;
    setStateValue("drawn", { token: pad.token, pixels: encoded(pad.ink) });
  };
  const reportSoon = () => {
    pad.timer ??= setTimeout(report, REPORT_MILLISECONDS);
  };
  const keepForUndo = () => {
    pad.undo.push(pad.ink.slice());
    if (pad.undo.length > MAX_UNDO) pad.undo.shift();
  };
  const width = () => Number(parentElement.querySelector("input").value);

  canvas.onpointerdown = (event) => {
    if (event.button > 0) return;
    event.preventDefault(); // else a stroke selects text
    canvas.setPointerCapture(event.pointerId);
    keepForUndo();
    pad.last = place(canvas, event);
    stroke(pad, pad.last, width());
    paint(canvas, pad.ink);
    reportSoon();
  };
  canvas.onpointermove = (event) => {
    if (!pad.last) return;
    for (const step of event.getCoalescedEvents?.() ?? [event]) stroke(pad, place(canvas, step), width());
    paint(canvas, pad.ink);
    reportSoon();
  };
  canvas.onpointerup = canvas.onpointercancel = () => {
    if (!pad.last) return;
    pad.last = null;
    report();
  };

  const tools = parentElement.querySelector(".tools");
  for (const button of tools.querySelectorAll("[data-tool]")) {
    button.setAttribute("aria-pressed", String(button.dataset.tool === pad.tool));
  }
  tools.onclick = (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.dataset.tool) {
      pad.tool = button.dataset.tool;
      for (const other of tools.querySelectorAll("[data-tool]")) other.setAttribute("aria-pressed", String(other === button));
      return;
    }
    const next = changed(pad, button.dataset.action);
    if (!next) return;
    if (button.dataset.action !== "undo") keepForUndo();
    pad.ink = next;
    paint(canvas, pad.ink);
    report();
  };
}

function changed(pad, action) {
  if (action === "undo") return pad.undo.pop();
  return action === "reset" ? pad.start.slice() : new Uint8Array(SIDE * SIDE);
}

function place(canvas, event) {
  const box = canvas.getBoundingClientRect();
  return [(SIDE * (event.clientX - box.left)) / box.width, (SIDE * (event.clientY - box.top)) / box.height];
}

// From the last place to this one, with a soft edge of one pixel as scanned ink has.
function stroke(pad, [toX, toY], radius) {
  const [fromX, fromY] = pad.last;
  const [stepX, stepY] = [toX - fromX, toY - fromY];
  const length = stepX * stepX + stepY * stepY;
  for (let row = 0; row < SIDE; row++) {
    for (let column = 0; column < SIDE; column++) {
      const [x, y] = [column + 0.5 - fromX, row + 0.5 - fromY];
      const along = length ? Math.min(1, Math.max(0, (x * stepX + y * stepY) / length)) : 0;
      const distance = Math.hypot(x - along * stepX, y - along * stepY);
      const share = Math.min(1, Math.max(0, radius + 0.5 - distance));
      if (share === 0) continue;
      const i = row * SIDE + column;
      pad.ink[i] = pad.tool === "pen" ? Math.max(pad.ink[i], 255 * share) : Math.min(pad.ink[i], 255 * (1 - share));
    }
  }
  pad.last = [toX, toY];
}

function paint(canvas, ink) {
  const context = canvas.getContext("2d");
  const image = context.createImageData(SIDE, SIDE);
  ink.forEach((value, i) => image.data.set([value, value, value, 255], 4 * i));
  context.putImageData(image, 0, 0);
}

function decoded(text) {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

function encoded(ink) {
  return btoa(String.fromCharCode(...ink));
}
