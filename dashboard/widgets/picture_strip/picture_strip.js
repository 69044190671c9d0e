export default function (component) {
  const { data, parentElement } = component;
  const root = parentElement.querySelector(".strip");
  if (!root || !data) return;
  root.style.setProperty("--cell", `${data.cell}px`);
  while (root.children.length > data.pictures.length) root.lastChild.remove();
  while (root.children.length < data.pictures.length) root.appendChild(newFigure());
  data.pictures.forEach((picture, i) => draw(root.children[i], picture));
}

function newFigure() {
  const figure = document.createElement("figure");
  const canvas = document.createElement("canvas");
  canvas.setAttribute("role", "img");
  figure.append(canvas, document.createElement("figcaption"), document.createElement("small"));
  return figure;
}

function draw(figure, [pixels, width, height, title, detail, note]) {
  const [canvas, caption, small] = figure.children;
  const values = Uint8Array.from(atob(pixels), (character) => character.charCodeAt(0));
  canvas.width = width;
  canvas.height = height;
  canvas.style.aspectRatio = `${width} / ${height}`;
  canvas.setAttribute("aria-label", note);
  canvas.title = note;
  const context = canvas.getContext("2d");
  const image = context.createImageData(width, height);
  for (let i = 0; i < width * height; i++) image.data.set([values[3 * i], values[3 * i + 1], values[3 * i + 2], 255], 4 * i);
  context.putImageData(image, 0, 0);
  caption.textContent = title;
  small.textContent = detail;
}
