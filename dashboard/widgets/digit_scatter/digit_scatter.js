import { bytesOf, float32sOf } from "../pixels.js";
import { spritePlace } from "../sprites.js";
import { drawAxes, drawFrame, drawLoop, drawPoints, drawRing } from "./drawing.js";
import { corners, extentOf, insideLoop, longerSide, nearest } from "./geometry.js";
import { drawThumbnails, firstSteps, stepOf, thumbnailAt, WHOLE } from "./thumbnails.js";
import { Tip } from "./tip.js";
import { MAX_SCALE, View } from "./view.js";

const REACH = 14; // how near to a point the pointer must be, in screen pixels
const HANDICAP = 4; // of faint points against others
const CLICK = 5; // a pointer that moved less has clicked
const shown = new WeakMap(); // what is kept between two draws of the same plot
let hasDigits = true; // in all plots of the tab

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const root = parentElement.querySelector(".scatter");
  if (!root || !data) return;
  let scatter = shown.get(root);
  if (!scatter) {
    scatter = new Scatter(root);
    shown.set(root, scatter);
  }
  scatter.send = setTriggerValue;
  scatter.take(data);
  return () => scatter.leave();
}

class Scatter {
  constructor(root) {
    this.root = root;
    this.sheet = root.querySelector(".sheet");
    this.canvas = root.querySelector("canvas");
    this.tip = new Tip(root.querySelector(".tip"));
    this.view = new View();
    this.path = []; // of the lasso being drawn
    this.moved = 0; // screen pixels that the view was dragged
    this.hovered = -1;
    this.sheetImage = new Image();
    this.digits = []; // that are drawn on their points
    this.placeOf = (i) => this.view.toScreen(this.points[2 * i], this.points[2 * i + 1]);
    this.isFaint = (i) => this.selected !== null && !this.selected[i];
    this.styleOf = (i) => ({ glyph: this.data.glyphs[this.styles[i]], colour: this.data.palette[this.styles[i]] });
    this.listen();
    this.setMode("lasso");
    this.setDigits(hasDigits);
  }

  listen() {
    const { root, canvas, sheet } = this;
    for (const button of root.querySelectorAll("[data-mode]")) {
      button.onclick = () => this.setMode(button.dataset.mode);
    }
    root.querySelector("[data-digits]").onclick = () => this.setDigits(!hasDigits);
    for (const button of root.querySelectorAll("[data-zoom]")) {
      button.onclick = () => this.zoomBy(Number(button.dataset.zoom));
    }
    canvas.onpointerdown = (event) => this.press(event);
    canvas.onpointermove = (event) => this.move(event);
    canvas.onpointerup = (event) => this.release(event);
    canvas.onpointercancel = () => this.stop();
    canvas.onpointerleave = () => this.hover(-1);
    canvas.onwheel = (event) => {
      if (!event.ctrlKey && !event.metaKey) return; // the page scrolls
      event.preventDefault();
      this.zoomBy(event.deltaY < 0 ? 1.2 : 1 / 1.2, this.place(event));
    };
    sheet.onkeydown = (event) => this.key(event);
  }

  take(data) {
    const isOther = !this.data || this.data.points !== data.points;
    if (isOther || this.data.selected !== data.selected) this.steps = undefined;
    this.data = data;
    this.points = float32sOf(data.points);
    this.styles = bytesOf(data.colours);
    this.selected = data.selected === null ? null : bytesOf(data.selected);
    this.view.makeRoom(data.x !== "");
    this.sheet.setAttribute("aria-label", data.label);
    this.tip.take(data);
    this.takeSheet(data.sheet);
    if (isOther) {
      this.view.reset();
      this.view.extent = extentOf(this.points);
      this.hover(-1);
    }
    this.observer ??= new ResizeObserver(() => this.draw());
    this.observer.observe(this.sheet);
    this.draw();
  }

  takeSheet(sheet) {
    if (this.sheetImage.src === sheet) return;
    this.sheetImage = new Image(); // the earlier one would show its own digits until this one is read
    this.sheetImage.src = sheet;
    this.sheetImage.onload = () => this.draw();
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

  setDigits(value) {
    hasDigits = value;
    this.root.querySelector("[data-digits]").setAttribute("aria-pressed", String(value));
    this.draw();
  }

  zoomBy(factor, place) {
    this.view.zoomBy(factor, place);
    this.hover(-1);
    this.draw();
  }

  pan(x, y) {
    this.view.pan(x, y);
    this.draw();
  }

  key(event) {
    const pan = { ArrowLeft: [-0.1, 0], ArrowRight: [0.1, 0], ArrowUp: [0, 0.1], ArrowDown: [0, -0.1] }[event.key];
    const zoom = { "+": 1.4, "-": 1 / 1.4, 0: 0 }[event.key];
    if (pan) this.pan(...pan);
    else if (zoom !== undefined) this.zoomBy(zoom);
    else return;
    event.preventDefault();
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
    const step = Math.hypot(here[0] - last[0], here[1] - last[1]);
    if (this.mode === "move") {
      this.moved += step;
      this.path = [here];
      this.pan((last[0] - here[0]) / this.view.inner(0), (here[1] - last[1]) / this.view.inner(1));
      return;
    }
    if (this.mode === "box") this.path = [this.path[0], here];
    else if (step >= 2) this.path.push(here);
    this.draw();
  }

  release(event) {
    if (!this.path.length) return;
    const here = this.place(event);
    const loop = this.mode === "box" ? corners(this.path[0], here) : this.path;
    const isClick = (this.mode === "move" ? this.moved : longerSide([...loop, here])) < CLICK;
    this.stop();
    if (isClick) {
      const i = this.nearest(here);
      if (i >= 0) this.send("picked", i);
    } else if (this.mode !== "move") {
      this.send("lassoed", insideLoop(this.styles.length, this.placeOf, loop));
    }
  }

  stop() {
    this.path = [];
    this.moved = 0;
    this.draw();
  }

  // What is drawn there: a digit, or else the nearest point.
  nearest(place) {
    const digit = thumbnailAt(place, this.digits, this.placeOf);
    if (digit >= 0) return digit;
    const rules = { reach: REACH, handicap: HANDICAP, isFaint: this.isFaint };
    return nearest(place, this.styles.length, this.placeOf, rules);
  }

  hover(i) {
    if (i === this.hovered) return;
    this.hovered = i;
    if (i < 0) this.tip.hide();
    else this.tip.show(i, this.placeOf(i), this.view);
    this.draw();
  }

  draw() {
    const { data, view, canvas } = this;
    view.width = this.sheet.clientWidth;
    if (!data || !view.width) return;
    view.height = Math.min(data.height, Math.max(320, view.width));
    this.sheet.style.height = `${view.height}px`;
    const ratio = window.devicePixelRatio || 1;
    canvas.width = view.width * ratio;
    canvas.height = view.height * ratio;
    const context = canvas.getContext("2d");
    context.scale(ratio, ratio);
    const style = getComputedStyle(this.root);
    const { color: ink, fontFamily: font } = style;
    const { placeOf, styleOf, isFaint } = this;
    drawPoints(context, view, { count: this.styles.length, placeOf, styleOf, isFaint, font });
    if (data.x) drawAxes(context, view, { x: data.x, y: data.y, ink, font });
    this.drawDigits(context);
    this.drawHovered(context, { ink, ground: style.getPropertyValue("--st-background-color") });
    if (this.path.length > 1 && this.mode !== "move") {
      drawLoop(context, this.mode === "box" ? corners(this.path[0], this.path[1]) : this.path, ink);
    }
  }

  drawDigits(context) {
    const { view, placeOf } = this;
    this.digits = hasDigits && this.sheetImage.naturalWidth ? this.chosenDigits() : [];
    this.canvas.dataset.digits = this.digits.length;
    drawThumbnails(context, view, {
      digits: this.digits,
      placeOf,
      colourOf: (i) => this.styleOf(i).colour,
      spriteOf: (i) => spritePlace(i % this.data.sheetColumns, Math.floor(i / this.data.sheetColumns)),
      sheet: this.sheetImage,
    });
  }

  // Those in sight; faint points have none.
  chosenDigits() {
    const { points, view, placeOf, isFaint } = this;
    const size = `${view.width} ${view.height}`;
    if (!this.steps || this.sizeOfSteps !== size) {
      const places = (i) => view.toSheet(points[2 * i], points[2 * i + 1]);
      this.steps = firstSteps(this.styles.length, places, { maxScale: MAX_SCALE, isLeftOut: isFaint });
      this.sizeOfSteps = size;
    }
    const reached = stepOf(view.scale);
    const found = [];
    this.steps.forEach((step, i) => {
      if (step <= reached && view.has(placeOf(i))) found.push(i);
    });
    return found;
  }

  drawHovered(context, colours) {
    const { hovered, placeOf } = this;
    if (hovered < 0) return;
    if (this.digits.includes(hovered)) drawFrame(context, placeOf(hovered), WHOLE, colours);
    else drawRing(context, placeOf(hovered), colours);
  }
}
