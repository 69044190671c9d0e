// One figure, drawn once and then only updated: zoom and hidden series stay.
export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const place = parentElement.querySelector(".steady-chart");
  if (!place || !data) return;
  place.setAttribute("aria-label", data.alt);
  place.style.height = `${data.height}px`;
  place.latest = data;
  place.send = setTriggerValue;
  window
    .mnistStudioLibrary()
    .then((Plotly) => {
      if (place.latest !== data || !place.isConnected) return; // a newer one has arrived, or the page is gone
      const colour = getComputedStyle(place).color;
      if (place.drawn === data.figure && place.pageColour === colour) return; // drawing takes time from the training too
      if (place.pageColour !== colour) place.template = templateOf(place);
      place.drawn = data.figure;
      place.pageColour = colour;
      const figure = JSON.parse(data.figure);
      const layout = { ...figure.layout, autosize: true, template: place.template };
      return Plotly.react(place, figure.data, layout, { responsive: true, ...data.config }).then(() => {
        if (data.takesClicks) takeClicks(place);
      });
    })
    .catch((error) => {
      if (!window.Plotly) place.textContent = error.message;
    });
  return () => {
    if (place.latest === data && !place.isConnected) window.Plotly?.purge(place);
  };
}

// Sends what the clicked point carries; over such points the pointer says that they can be clicked.
function takeClicks(place) {
  if (place.isTakingClicks) return;
  place.isTakingClicks = true;
  const point = (as) => {
    for (const layer of place.querySelectorAll(".nsewdrag")) layer.style.cursor = as;
  };
  const carried = (event) => event.points.map(({ customdata }) => customdata).find((numbers) => numbers !== undefined);
  place.on("plotly_hover", (event) => point(carried(event) === undefined ? "" : "pointer"));
  place.on("plotly_unhover", () => point(""));
  place.on("plotly_click", (event) => {
    const customdata = carried(event);
    if (customdata !== undefined) place.send("clicked", { selection: { points: [{ customdata: [...customdata] }] } });
  });
}

// Colours of text and grid as on the page, where the figure sets none.
function templateOf(place) {
  const style = getComputedStyle(place);
  const theme = (name, other) => style.getPropertyValue(`--st-${name}`).trim() || other;
  const text = theme("text-color", style.color);
  const faint = `color-mix(in srgb, ${text} 60%, transparent)`;
  const resolved = (colour) => asRgba(place, colour);
  const ground = resolved(theme("background-color", "white"));
  const axis = {
    automargin: true,
    tickfont: { size: 12, color: resolved(faint) },
    title: { font: { size: 14, color: resolved(faint) }, standoff: 16 },
    gridcolor: resolved(`color-mix(in srgb, ${text} 12%, transparent)`),
  };
  return {
    layout: {
      font: { family: theme("font", style.fontFamily), size: 12, color: resolved(text) },
      paper_bgcolor: ground, // also in a downloaded picture, where letters for a dark page would not be readable else
      plot_bgcolor: "rgba(0,0,0,0)",
      xaxis: { ...axis, showgrid: false, zeroline: false },
      yaxis: axis,
      hoverlabel: {
        bgcolor: ground,
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
