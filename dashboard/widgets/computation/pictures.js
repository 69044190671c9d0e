import { element } from "../elements.js";
import { greyscale, paint, pixelUnder, signed } from "../pixels.js";

// The digit, the map that is read and the map that is written, each with a frame on it.

export function newPicture(name) {
  const figure = element("figure", name);
  const box = element("div", "box", { role: "img" });
  box.append(element("canvas"), element("i"));
  figure.append(box, element("figcaption"));
  return figure;
}

export function paintSigned(figure, values, side, limit, colours) {
  paint(figure.querySelector("canvas"), signed(values, limit || 1, colours), side, side);
}

export function paintGrey(figure, bytes, side) {
  paint(figure.querySelector("canvas"), greyscale(bytes), side, side);
}

export function captionPicture(figure, text) {
  const caption = figure.querySelector("figcaption");
  if (caption.textContent === text) return;
  caption.textContent = text;
  figure.querySelector(".box").setAttribute("aria-label", text);
}

// Frame rows `top` to `top + height` and columns alike, in pixels of a picture with `side` of them. May be outside.
export function framePicture(figure, side, place) {
  const frame = figure.querySelector("i");
  frame.hidden = place === null;
  if (place === null) return;
  for (const edge of ["top", "left", "height", "width"]) {
    frame.style.setProperty(edge, `${(100 * place[edge]) / side}%`);
  }
}

// Call `point` with the pixel under a mouse or finger, and `leave` when a mouse has left.
export function followPointer(figure, side, { point, choose, leave }) {
  const box = figure.querySelector(".box");
  const at = (event, then) => {
    const pixel = pixelUnder(box, event, side, side);
    if (pixel) then(pixel);
  };
  box.onpointermove = (event) => at(event, point);
  box.onpointerdown = (event) => at(event, choose);
  box.onpointerleave = (event) => {
    if (event.pointerType === "mouse") leave(); // a finger has left as soon as it has tapped
  };
}
