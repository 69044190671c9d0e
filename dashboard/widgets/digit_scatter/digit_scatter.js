const STEP = 29; // a digit and the line beside it in the sheet
const TIP_SCALE = 3; // screen pixels for one of a digit's in the tip
const REACH = 14; // how near to a point the pointer must be, in screen pixels
const CLICK = 5; // a pointer that moved less has clicked
const MARGIN = { left: 12, right: 12, top: 12, bottom: 12 };
const AXES = { left: 52, right: 12, top: 12, bottom: 40 };
const shown = new WeakMap(); // what is kept between two draws of the same map

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const root = parentElement.querySelector(".scatter");
  if (!root || !data) return;
  let chart = shown.get(root);
  if (!chart) {
    chart = new Chart(root);
    shown.set(root, chart);
  }
  chart.send = setTriggerValue;
  chart.take(data);
  return () => chart.leave();
}

class Chart {
  constructor(root) {
    this.root = root;
    this.sheet = root.querySelector(".sheet");
    this.canvas = root.querySelector("canvas");
    this.tip = root.querySelector(".tip");
    this.mode = "lasso";
    this.view = { scale: 1, x: 0, y: 0 }; // zoom, and the middle in units of the whole map
    this.path = []; // of the loop being drawn
    this.hovered = -1;
    for (const button of root.querySelectorAll("[data-mode]")) button.onclick = () => this.setMode(button.dataset.mode);
    for (const button of root.querySelectorAll("[data-zoom]")) button.onclick = () => this.zoomBy(Number(button.dataset.zoom));
    this.canvas.onpointerdown = (event) => this.press(event);
    this.canvas.onpointermove = (event) => this.move(event);
    this.canvas.onpointerup = (event) => this.release(event);
    this.canvas.onpointercancel = () => this.stop();
    this.canvas.onpointerleave = () => this.hover(-1);
    this.canvas.onwheel = (event) => {
      if (!event.ctrlKey && !event.metaKey) return; // the page scrolls
      event.preventDefault();
      this.zoomBy(event.deltaY < 0 ? 1.2 : 1 / 1.2, this.place(event));
    };
    this.sheet.onkeydown = (event) => this.key(event);
    this.setMode(this.mode);
  }

  take(data) {
    const isOther = !this.data || this.data.points !== data.points;
    this.data = data;
    this.points = new Float32Array(bytes(data.points).buffer);
    this.colours = bytes(data.colours);
    this.selected = data.selected === null ? null : bytes(data.selected);
    this.notes = data.notes.split("\n");
    this.margin = data.x ? AXES : MARGIN;
    this.sheet.setAttribute("aria-label", data.label);
    const picture = this.tip.querySelector("i").style;
    picture.backgroundImage = `url(${data.sheet})`;
    picture.backgroundSize = `${data.sheetColumns * STEP * TIP_SCALE}px auto`;
    if (isOther) {
      this.view = { scale: 1, x: 0, y: 0 };
      this.extent = extentOf(this.points);
      this.hover(-1);
    }
    this.observer ??= new ResizeObserver(() => this.draw());
    this.observer.observe(this.sheet);
    this.draw();
  }

  leave() {
    this.observer?.disconnect();
    this.observer = undefined;
  }

  setMode(mode) {
    this.mode = mode;
    this.sheet.classList.toggle("move", mode === "move");
    for (const button of this.root.querySelectorAll("[data-mode]")) {
      button.setAttribute("aria-pressed", String(button.dataset.mode === mode));
    }
  }

  // From the numbers of a point to screen pixels, and back.
  toScreen(i) {
    const { low, span } = this.extent;
    return [
      this.middle(0) + ((this.points[2 * i] - low[0]) / span[0] - 0.5 - this.view.x) * this.size(0),
      this.middle(1) - ((this.points[2 * i + 1] - low[1]) / span[1] - 0.5 - this.view.y) * this.size(1),
    ];
  }

  toValue(axis, pixel) {
    const { low, span } = this.extent;
    const share = ((pixel - this.middle(axis)) / this.size(axis)) * (axis ? -1 : 1);
    return low[axis] + (share + 0.5 + this.view[axis ? "y" : "x"]) * span[axis];
  }

  inner(axis) {
    return axis ? this.height - this.margin.top - this.margin.bottom : this.width - this.margin.left - this.margin.right;
  }

  size(axis) {
    return Math.max(1, this.inner(axis)) * this.view.scale;
  }

  middle(axis) {
    return (axis ? this.margin.top : this.margin.left) + this.inner(axis) / 2;
  }

  zoomBy(factor, at) {
    if (factor === 0) this.view = { scale: 1, x: 0, y: 0 };
    else {
      const scale = Math.min(40, Math.max(1, this.view.scale * factor));
      const [px, py] = at ?? [this.middle(0), this.middle(1)];
      const was = this.view.scale;
      // What is under the pointer stays there.
      this.view.x += ((px - this.middle(0)) / Math.max(1, this.inner(0))) * (1 / was - 1 / scale);
      this.view.y -= ((py - this.middle(1)) / Math.max(1, this.inner(1))) * (1 / was - 1 / scale);
      this.view.scale = scale;
    }
    this.hover(-1);
    this.draw();
  }

  key(event) {
    const pan = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (pan) this.pan(pan[0] * 0.1, pan[1] * 0.1);
    else if (event.key === "+") this.zoomBy(1.4);
    else if (event.key === "-") this.zoomBy(1 / 1.4);
    else if (event.key === "0") this.zoomBy(0);
    else return;
    event.preventDefault();
  }

  pan(x, y) {
    this.view.x += x / this.view.scale;
    this.view.y += y / this.view.scale;
    this.draw();
  }

  place(event) {
    const box = this.canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  press(event) {
    if (event.button) return;
    this.canvas.setPointerCapture(event.pointerId);
    this.path = [this.place(event)];
    this.hover(-1);
  }

  move(event) {
    const here = this.place(event);
    if (!this.path.length) {
      this.hover(this.nearest(here));
      return;
    }
    const last = this.path[this.path.length - 1];
    if (this.mode === "move") {
      this.pan((last[0] - here[0]) / this.inner(0), (here[1] - last[1]) / this.inner(1));
      this.moved = (this.moved ?? 0) + Math.hypot(here[0] - last[0], here[1] - last[1]);
      this.path = [here];
      return;
    }
    if (this.mode === "box") this.path = [this.path[0], here];
    else if (Math.hypot(here[0] - last[0], here[1] - last[1]) >= 2) this.path.push(here);
    this.draw();
  }

  release(event) {
    if (!this.path.length) return;
    const start = this.path[0];
    const here = this.place(event);
    const loop = this.mode === "box" ? corners(start, here) : this.path;
    const isClick = this.mode === "move" ? (this.moved ?? 0) < CLICK : extentOfPath([...loop, here]) < CLICK;
    this.stop();
    if (isClick) {
      const i = this.nearest(here);
      if (i >= 0) this.send("picked", i);
    } else if (this.mode !== "move") {
      const inside = [];
      for (let i = 0; i < this.colours.length; i++) if (isInside(this.toScreen(i), loop)) inside.push(i);
      this.send("lassoed", inside);
    }
  }

  stop() {
    this.path = [];
    this.moved = 0;
    this.draw();
  }

  nearest([px, py]) {
    let best = -1;
    let least = REACH;
    for (let i = 0; i < this.colours.length; i++) {
      const [x, y] = this.toScreen(i);
      const distance = Math.hypot(x - px, y - py) + (this.selected && !this.selected[i] ? 4 : 0);
      if (distance < least) [best, least] = [i, distance];
    }
    return best;
  }

  hover(i) {
    if (i === this.hovered) return;
    this.hovered = i;
    this.tip.hidden = i < 0;
    if (i >= 0) {
      const [x, y] = this.toScreen(i);
      const column = i % this.data.sheetColumns;
      const row = Math.floor(i / this.data.sheetColumns);
      const step = STEP * TIP_SCALE;
      this.tip.querySelector("i").style.backgroundPosition = `${-column * step}px ${-row * step}px`;
      this.tip.querySelector("span").textContent = this.notes[i];
      this.tip.style.left = `${x + 190 < this.width ? x + 14 : Math.max(4, x - 14 - this.tip.offsetWidth)}px`;
      this.tip.style.top = `${Math.max(4, Math.min(y - 40, this.height - this.tip.offsetHeight - 4))}px`;
    }
    this.draw();
  }

  draw() {
    this.width = this.sheet.clientWidth;
    if (!this.data || !this.width) return;
    this.height = Math.min(this.data.height, Math.max(320, this.width));
    this.sheet.style.height = `${this.height}px`;
    const ratio = window.devicePixelRatio || 1;
    this.canvas.width = this.width * ratio;
    this.canvas.height = this.height * ratio;
    const context = this.canvas.getContext("2d");
    context.scale(ratio, ratio);
    const ink = getComputedStyle(this.root).color;
    context.save();
    context.beginPath();
    context.rect(this.margin.left - 8, this.margin.top - 8, this.inner(0) + 16, this.inner(1) + 16);
    context.clip();
    this.drawPoints(context);
    context.restore();
    if (this.data.x) this.drawAxes(context, ink);
    if (this.hovered >= 0) this.drawRing(context, ink);
    if (this.path.length > 1 && this.mode !== "move") this.drawLoop(context, ink);
  }

  drawPoints(context) {
    const font = Math.round(Math.min(22, 9 + 2 * Math.sqrt(this.view.scale)));
    context.font = `600 ${font}px ${getComputedStyle(this.root).fontFamily}`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    const radius = Math.min(6, 1.8 + Math.sqrt(this.view.scale));
    // Faint ones below picked ones, and in each of the two crosses, which are few, above all others.
    const layers = [[], [], [], []];
    for (let i = 0; i < this.colours.length; i++) {
      const isCross = this.data.glyphs[this.colours[i]] === "cross";
      layers[(this.selected && !this.selected[i] ? 0 : 2) + (isCross ? 1 : 0)].push(i);
    }
    for (const [number, layer] of layers.entries()) {
      context.globalAlpha = number < 2 ? 0.12 : 0.85;
      for (const i of layer) {
        const [x, y] = this.toScreen(i);
        if (!(x > -20 && x < this.width + 20 && y > -20 && y < this.height + 20)) continue;
        drawGlyph(context, this.data.glyphs[this.colours[i]], this.data.palette[this.colours[i]], x, y, radius);
      }
    }
    context.globalAlpha = 1;
  }

  drawAxes(context, ink) {
    const { left, top } = this.margin;
    const bottom = top + this.inner(1);
    context.fillStyle = context.strokeStyle = ink;
    context.font = `12px ${getComputedStyle(this.root).fontFamily}`;
    context.lineWidth = 1;
    context.textAlign = "center";
    context.textBaseline = "top";
    const ends = [this.toValue(0, left), this.toValue(0, left + this.inner(0))];
    for (const { at, text } of ticks(...ends)) {
      const x = this.middle(0) + ((at - ends[0]) / (ends[1] - ends[0]) - 0.5) * this.inner(0);
      gridLine(context, x, top, x, bottom);
      context.fillText(text, x, bottom + 6);
    }
    context.fillText(this.data.x, this.middle(0), bottom + 22);
    context.textAlign = "right";
    context.textBaseline = "middle";
    const sides = [this.toValue(1, bottom), this.toValue(1, top)];
    for (const { at, text } of ticks(...sides)) {
      const y = this.middle(1) - ((at - sides[0]) / (sides[1] - sides[0]) - 0.5) * this.inner(1);
      gridLine(context, left, y, left + this.inner(0), y);
      context.fillText(text, left - 6, y);
    }
    context.save();
    context.translate(12, this.middle(1));
    context.rotate(-Math.PI / 2);
    context.textAlign = "center";
    context.fillText(this.data.y, 0, 0);
    context.restore();
  }

  drawRing(context, ink) {
    const [x, y] = this.toScreen(this.hovered);
    context.strokeStyle = ink;
    context.lineWidth = 2;
    context.beginPath();
    context.arc(x, y, 10, 0, 2 * Math.PI);
    context.stroke();
  }

  drawLoop(context, ink) {
    const loop = this.mode === "box" ? corners(this.path[0], this.path[1]) : this.path;
    context.strokeStyle = context.fillStyle = ink;
    context.lineWidth = 1.5;
    context.setLineDash([5, 4]);
    context.beginPath();
    for (const [x, y] of loop) context.lineTo(x, y);
    context.closePath();
    context.stroke();
    context.globalAlpha = 0.07;
    context.fill();
    context.globalAlpha = 1;
    context.setLineDash([]);
  }
}

function drawGlyph(context, glyph, colour, x, y, radius) {
  context.fillStyle = context.strokeStyle = colour;
  if (glyph === "dot") {
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.fill();
  } else if (glyph === "cross") {
    context.lineWidth = 2;
    context.beginPath();
    context.moveTo(x - radius - 1, y - radius - 1);
    context.lineTo(x + radius + 1, y + radius + 1);
    context.moveTo(x + radius + 1, y - radius - 1);
    context.lineTo(x - radius - 1, y + radius + 1);
    context.stroke();
  } else context.fillText(glyph, x, y);
}

function gridLine(context, x0, y0, x1, y1) {
  context.globalAlpha = 0.12;
  context.beginPath();
  context.moveTo(x0, y0);
  context.lineTo(x1, y1);
  context.stroke();
  context.globalAlpha = 1;
}

function ticks(low, high) {
  const rough = (high - low) / 6;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10);
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const found = [];
  for (let n = Math.ceil(low / step); n * step <= high; n++) found.push({ at: n * step, text: (n * step).toFixed(digits) });
  return found;
}

function bytes(text) {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

function extentOf(points) {
  const low = [Infinity, Infinity];
  const high = [-Infinity, -Infinity];
  points.forEach((value, i) => {
    if (!Number.isFinite(value)) return;
    low[i % 2] = Math.min(low[i % 2], value);
    high[i % 2] = Math.max(high[i % 2], value);
  });
  const span = [0, 1].map((axis) => (high[axis] > low[axis] ? 1.04 * (high[axis] - low[axis]) : 1));
  return { low: [0, 1].map((axis) => (high[axis] + low[axis] - span[axis]) / 2), span };
}

function extentOfPath(path) {
  const xs = path.map((place) => place[0]);
  const ys = path.map((place) => place[1]);
  return Math.max(Math.max(...xs) - Math.min(...xs), Math.max(...ys) - Math.min(...ys));
}

function corners([x0, y0], [x1, y1]) {
  return [[x0, y0], [x1, y0], [x1, y1], [x0, y1]];
}

function isInside([x, y], loop) {
  let inside = false;
  for (let i = 0, j = loop.length - 1; i < loop.length; j = i++) {
    const [xi, yi] = loop[i];
    const [xj, yj] = loop[j];
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside;
  }
  return inside;
}
