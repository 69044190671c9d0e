const SIDE = 28;
const HINT = "Point at a pixel to see its value.";

export default function (component) {
  const { data, parentElement } = component;
  const box = parentElement.querySelector(".pixels");
  if (!box || !data) return;
  const canvas = box.querySelector("canvas");
  const frame = box.querySelector("i");
  const readout = parentElement.querySelector("p");
  const pixels = bytes(data.pixels);
  const values = data.values === null ? null : new Float32Array(bytes(data.values).buffer);

  box.setAttribute("aria-label", data.label);
  box.style.maxWidth = `${data.width}px`;
  paint(canvas, pixels);
  if (data.follow && box.dataset.shown && box.dataset.shown !== data.label) {
    box.scrollIntoView({ block: "nearest", behavior: "smooth" });
  }
  box.dataset.shown = data.label;

  let at = null; // the pixel whose value is shown
  const show = (row, column) => {
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

  box.onpointermove = box.onpointerdown = (event) => {
    const place = box.getBoundingClientRect();
    const column = Math.floor((SIDE * (event.clientX - place.left)) / place.width);
    const row = Math.floor((SIDE * (event.clientY - place.top)) / place.height);
    if (row >= 0 && row < SIDE && column >= 0 && column < SIDE) show(row, column);
  };
  box.onpointerleave = (event) => {
    if (event.pointerType === "mouse") hide(); // a finger has left as soon as it has tapped
  };
  box.onblur = hide;
  box.onkeydown = (event) => {
    const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (!step) return;
    event.preventDefault(); // else the page scrolls
    const [row, column] = at ?? [13, 13];
    show(inside(row + step[0]), inside(column + step[1]));
  };
}

function bytes(text) {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

function inside(position) {
  return Math.min(SIDE - 1, Math.max(0, position));
}

function paint(canvas, values) {
  const context = canvas.getContext("2d");
  const image = context.createImageData(SIDE, SIDE);
  values.forEach((value, i) => image.data.set([value, value, value, 255], 4 * i));
  context.putImageData(image, 0, 0);
}
