import { bytesOf, float32sOf, greyscale, paint, pixelUnder } from "../pixels.js";

const SIDE = 28;
const HINT = "Hover or tap a pixel to see its value.";
const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

export default function (component) {
  const { data, parentElement } = component;
  const box = parentElement.querySelector(".pixels");
  if (!box || !data) return;
  const frame = box.querySelector("i");
  const readout = parentElement.querySelector("p");
  const pixels = bytesOf(data.pixels);
  const values = data.values === null ? null : float32sOf(data.values);

  box.setAttribute("aria-label", data.label);
  box.style.maxWidth = `${data.width}px`;
  paint(box.querySelector("canvas"), greyscale(pixels), SIDE, SIDE);
  if (data.follow && box.dataset.shown && box.dataset.shown !== data.label) {
    box.scrollIntoView({ block: "nearest", behavior: "smooth" });
  }
  box.dataset.shown = data.label;

  let at = null; // the pixel whose value is shown
  const show = ([row, column]) => {
    at = [row, column];
    frame.style.cssText = `display:block;left:${(100 * column) / SIDE}%;top:${(100 * row) / SIDE}%`;
    const i = row * SIDE + column;
    const value = values ? values[i].toFixed(3) : `${pixels[i]} of 255`;
    readout.textContent = `Row ${row}, column ${column}: ${value}`;
  };
  const hide = () => {
    at = null;
    frame.style.display = "none";
    readout.textContent = HINT;
  };
  hide();

  const point = (event) => {
    const pixel = pixelUnder(box, event, SIDE, SIDE);
    if (pixel) show(pixel);
  };
  box.onpointermove = point;
  box.onpointerdown = point;
  box.onpointerleave = (event) => {
    if (event.pointerType === "mouse") hide(); // a finger has left as soon as it has tapped
  };
  box.onblur = hide;
  box.onkeydown = (event) => {
    const step = STEPS[event.key];
    if (!step) return;
    event.preventDefault(); // otherwise the page scrolls
    const [row, column] = at ?? [13, 13];
    show([inside(row + step[0]), inside(column + step[1])]);
  };
}

function inside(position) {
  return Math.min(SIDE - 1, Math.max(0, position));
}
