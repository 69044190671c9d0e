const PAINT_MILLISECONDS = 500;

// One figure, drawn once and then only updated: zoom and hidden series stay.
export default function (component) {
  const { data, parentElement } = component;
  const place = parentElement.querySelector(".steady-chart");
  if (!place || !data) return;
  place.setAttribute("aria-label", data.alt);
  place.style.height = `${data.height}px`;
  place.latest = data;
  library(data.library)
    .then((Plotly) => {
      if (place.latest !== data || !place.isConnected) return; // a newer one has arrived, or the page is gone
      const colour = getComputedStyle(place).color;
      if (place.drawn === data.figure && place.pageColour === colour) return; // drawing takes time from the training too
      if (place.pageColour !== colour) place.template = templateOf(place);
      place.drawn = data.figure;
      place.pageColour = colour;
      const figure = JSON.parse(data.figure);
      const layout = { ...figure.layout, autosize: true, template: place.template };
      return Plotly.react(place, figure.data, layout, { responsive: true, ...data.config });
    })
    .catch((error) => {
      if (!window.Plotly) place.textContent = error.message;
    });
  return () => {
    if (place.latest === data && !place.isConnected) window.Plotly?.purge(place);
  };
}

// The library is loaded once for all charts of a tab, after the text of the page is painted.
function library(address) {
  window.mnistStudioPlotly ??= painted().then(
    () =>
      new Promise((resolve, reject) => {
        const script = document.createElement("script");
        script.src = address;
        script.onload = () => resolve(window.Plotly);
        script.onerror = () => {
          window.mnistStudioPlotly = undefined; // try again with the next drawing
          reject(new Error("The chart library could not be loaded."));
        };
        document.head.appendChild(script);
      }),
  );
  return window.mnistStudioPlotly;
}

function painted() {
  return new Promise((resolve) => {
    if (window.requestIdleCallback) requestIdleCallback(resolve, { timeout: PAINT_MILLISECONDS });
    else setTimeout(resolve, PAINT_MILLISECONDS); // Safari
  });
}

// Colours of text and grid as on the page, where the figure sets none.
function templateOf(place) {
  const style = getComputedStyle(place);
  const theme = (name, other) => style.getPropertyValue(`--st-${name}`).trim() || other;
  const text = theme("text-color", style.color);
  const faint = `color-mix(in srgb, ${text} 60%, transparent)`;
  const resolved = (colour) => asRgba(place, colour);
  const axis = {
    automargin: true,
    tickfont: { size: 12, color: resolved(faint) },
    title: { font: { size: 14, color: resolved(faint) }, standoff: 16 },
    gridcolor: resolved(`color-mix(in srgb, ${text} 12%, transparent)`),
  };
  return {
    layout: {
      font: { family: theme("font", style.fontFamily), size: 12, color: resolved(text) },
      xaxis: { ...axis, showgrid: false, zeroline: false },
      yaxis: axis,
      hoverlabel: {
        bgcolor: resolved(theme("background-color", "white")),
        bordercolor: axis.gridcolor,
        font: { color: resolved(text) },
      },
      modebar: { bgcolor: "rgba(0,0,0,0)", color: axis.tickfont.color, activecolor: resolved(text) },
      margin: { pad: 8 },
    },
  };
}

// Plotly does not support color-mix(): let the browser compute the colour.
function asRgba(place, colour) {
  const probe = document.createElement("i");
  probe.style.color = colour;
  place.parentElement.appendChild(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  const parts = found.match(/^color\(srgb ([\d.]+) ([\d.]+) ([\d.]+)(?: \/ ([\d.]+))?\)$/);
  if (!parts) return found;
  const [red, green, blue] = parts.slice(1, 4).map((part) => Math.round(255 * Number(part)));
  return `rgba(${red},${green},${blue},${parts[4] ?? 1})`;
}
