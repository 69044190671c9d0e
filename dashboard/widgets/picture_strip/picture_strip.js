import { element, keepChildren } from "../elements.js";
import { bytesOf, greyscale, paint, rgb } from "../pixels.js";

export default function (component) {
  const { data, parentElement } = component;
  const root = parentElement.querySelector(".strip");
  if (!root || !data) return;
  root.style.setProperty("--cell", `${data.cell}px`);
  keepChildren(root, data.pictures.length, newFigure).forEach((figure, i) => {
    draw(figure, data.pictures[i]);
  });
}

function newFigure() {
  const figure = element("figure");
  figure.append(element("canvas", "", { role: "img" }), element("figcaption"), element("small"));
  return figure;
}

function draw(figure, [pixels, width, height, title, detail, note]) {
  const [canvas, caption, small] = figure.children;
  const bytes = bytesOf(pixels);
  paint(canvas, bytes.length === width * height ? greyscale(bytes) : rgb(bytes), width, height);
  canvas.style.aspectRatio = `${width} / ${height}`;
  canvas.setAttribute("aria-label", note);
  canvas.title = note;
  caption.textContent = title;
  small.textContent = detail;
}
