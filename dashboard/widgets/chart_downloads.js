// Downloads of a chart beside the one as PNG: its drawing as SVG, its values as CSV.
import { rowsOf } from "./chart_values.js";
import { saveCsv } from "./csv.js";

const WORD = "studio-word"; // what all of them are called in the style sheet
const DOWNLOADS = {
  SVG: { title: "Download plot as SVG", save: saveDrawing },
  CSV: { title: "Download values as CSV", save: saveValues },
};

// Puts the buttons where the first event of a chart finds none: Plotly makes its own anew with each drawing. `library`
// gives Plotly.
export function offerDownloads(library) {
  const offer = ({ target }) => {
    const plot = target instanceof Element ? target.closest(".js-plotly-plot") : null;
    const png = plot?.querySelector(".modebar-btn");
    if (!png || plot.querySelector(`.${WORD}`)) return;
    const formats = Object.keys(DOWNLOADS).filter((format) => format !== "CSV" || plot.data?.length); // or it only says why
    png.after(...formats.map((format) => buttonFor(format, plot, png, library)));
  };
  document.addEventListener("pointerover", offer);
  document.addEventListener("focusin", offer);
}

function buttonFor(format, plot, png, library) {
  const { title, save } = DOWNLOADS[format];
  const button = png.cloneNode(false);
  for (const name of ["data-attr", "data-val"]) button.removeAttribute(name);
  button.classList.add(WORD, `studio-${format.toLowerCase()}`);
  button.dataset.title = title;
  button.setAttribute("aria-label", title);
  button.textContent = format;
  button.addEventListener("click", () => save(plot, library));
  return button;
}

// The figure as it is on screen, with its zoom.
async function saveDrawing(plot, library) {
  const Plotly = await library();
  const { width, height } = plot.getBoundingClientRect();
  const figure = { data: plot.data, layout: plot.layout };
  const link = document.createElement("a");
  link.href = await Plotly.toImage(figure, { format: "svg", width: Math.round(width), height: Math.round(height) });
  link.download = `${fileNameOf(plot)}.svg`;
  link.click();
}

function saveValues(plot) {
  saveCsv(rowsOf(plot), fileNameOf(plot));
}

// Of the download as PNG.
function fileNameOf(plot) {
  return plot._context?.toImageButtonOptions?.filename ?? "chart";
}
